package dev.lockstep.template;

import java.util.List;

/** What {@code cycler()} makes: values that come round and round. */
final class Cycler implements Callable {
    private final List<Value> items;
    private int at;

    Cycler(List<Value> items) {
        if (items.isEmpty()) {
            throw ChatTemplateException.failed("at least one item has to be provided");
        }
        this.items = items;
    }

    @Override
    public Value attribute(String name) {
        return switch (name) {
            case "current" -> items.get(at);
            case "items" -> new TupleValue(items);
            case "pos" -> new IntValue(at);
            case "next" -> new Builtin(name, (_, _) -> next());
            case "reset" -> new Builtin(name, (_, _) -> reset());
            default -> null;
        };
    }

    private Value next() {
        Value current = items.get(at);
        at = (at + 1) % items.size();
        return current;
    }

    private Value reset() {
        at = 0;
        return NoneValue.NONE;
    }

    /** Python's has no call. */
    @Override
    public Value call(Evaluation evaluation, Arguments arguments) {
        throw ChatTemplateException.failed("'Cycler' object is not callable");
    }

    @Override
    public String typeName() {
        return "Cycler";
    }
}
