package dev.lockstep.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The variable {@code loop}. It looks ahead only when it is asked something that needs it. */
final class LoopVariable implements Callable {
    private final LoopEvaluator evaluator;
    private final boolean recursive;
    private final int depth;
    private Iterator<Value> rest;
    private int length;
    private int index0 = -1;
    private Value previous;
    private Value current;
    private Value next;
    private List<Value> changed;

    /** @param length how many items there are, or -1 if that is only known after going through them */
    LoopVariable(LoopEvaluator evaluator, boolean recursive, Iterator<Value> items, int length, int depth) {
        this.evaluator = evaluator;
        this.recursive = recursive;
        this.rest = items;
        this.length = length;
        this.depth = depth;
    }

    /** Goes to the next item; false if there is none. */
    boolean advance() {
        if (!peek()) {
            return false;
        }
        previous = current;
        current = next;
        next = null;
        index0++;
        return true;
    }

    private boolean peek() {
        if (next == null && rest.hasNext()) {
            next = rest.next();
        }
        return next != null;
    }

    Value item() {
        return current;
    }

    int length() {
        if (length < 0) {
            List<Value> left = new ArrayList<>();
            rest.forEachRemaining(left::add);
            rest = left.iterator();
            length = index0 + 1 + left.size() + (next == null ? 0 : 1);
        }
        return length;
    }

    /** What is left of the loop, for who goes through the variable itself. */
    Iterator<Value> rest(Evaluation evaluation) {
        List<Value> pairs = new ArrayList<>();
        while (advance()) {
            evaluation.meter().elements(1);
            pairs.add(TupleValue.of(current, this));
        }
        return pairs.iterator();
    }

    @Override
    public Value attribute(String name) {
        return switch (name) {
            case "index" -> new IntValue(index0 + 1);
            case "index0" -> new IntValue(index0);
            case "revindex" -> new IntValue(length() - index0);
            case "revindex0" -> new IntValue(length() - index0 - 1);
            case "length" -> new IntValue(length());
            case "first" -> BoolValue.of(index0 == 0);
            case "last" -> BoolValue.of(!peek());
            case "depth" -> new IntValue(depth + 1);
            case "depth0" -> new IntValue(depth);
            case "previtem" -> index0 == 0 ? new Undefined("there is no previous item") : previous;
            case "nextitem" -> peek() ? next : new Undefined("there is no next item");
            case "cycle" -> new Builtin("cycle", (_, arguments) -> cycle(arguments.positional()));
            case "changed" -> new Builtin("changed", this::changed);
            default -> null;
        };
    }

    private Value cycle(List<Value> values) {
        if (values.isEmpty()) {
            throw ChatTemplateException.failed("no items for cycling given");
        }
        return values.get(index0 % values.size());
    }

    private Value changed(Evaluation evaluation, Arguments arguments) {
        List<Value> values = arguments.positional();
        boolean differs = changed == null
                || !Comparison.equal(new TupleValue(changed), new TupleValue(values), evaluation.meter());
        changed = values;
        return BoolValue.of(differs);
    }

    @Override
    public Value call(Evaluation evaluation, Arguments arguments) {
        if (!recursive) {
            throw ChatTemplateException.failed("only a loop that is marked 'recursive' can be called");
        }
        return evaluator.recurse(arguments.bind("loop", 1, "iterable")[0], depth + 1);
    }

    @Override
    public String typeName() {
        return "LoopContext";
    }
}
