package dev.lockstep.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Supplier;

/** Filters that take sequences apart and put them together. */
final class SequenceFilters {
    static final Map<String, Filter> ALL = Map.ofEntries(
            Map.entry("length", SequenceFilters::length),
            Map.entry("count", SequenceFilters::length),
            Map.entry("list", (input, arguments, e) -> new ListValue(items(input, arguments, "list", e))),
            Map.entry("first", SequenceFilters::first),
            Map.entry("last", SequenceFilters::last),
            Map.entry("reverse", SequenceFilters::reversed),
            Map.entry("items", SequenceFilters::pairs),
            Map.entry("batch", SequenceFilters::batches),
            Map.entry("slice", SequenceFilters::slices),
            Map.entry("sum", SequenceFilters::sum));

    private SequenceFilters() {}

    private static List<Value> items(Value input, Arguments arguments, String name, Evaluation evaluation) {
        arguments.bind("the filter '" + name + "'", 0);
        return Iteration.list(input, evaluation);
    }

    private static Value length(Value input, Arguments arguments, Evaluation evaluation) {
        arguments.bind("the filter 'length'", 0);
        if (Iteration.length(input) < 0) {
            throw ChatTemplateException.failed("object of type '" + input.typeName() + "' has no length");
        }
        return new IntValue(Iteration.length(input));
    }

    private static Value first(Value input, Arguments arguments, Evaluation evaluation) {
        arguments.bind("the filter 'first'", 0);
        Iterator<Value> items = Iteration.of(input, evaluation);
        return items.hasNext() ? items.next() : new Undefined("no first item, sequence was empty");
    }

    private static Value last(Value input, Arguments arguments, Evaluation evaluation) {
        if (input instanceof Generator || input instanceof Callable) {
            throw ChatTemplateException.failed("'" + input.typeName() + "' object is not reversible");
        }
        List<Value> items = items(input, arguments, "last", evaluation);
        return items.isEmpty() ? new Undefined("no last item, sequence was empty") : items.getLast();
    }

    private static Value reversed(Value input, Arguments arguments, Evaluation evaluation) {
        List<Value> items = items(input, arguments, "reverse", evaluation);
        Collections.reverse(items);
        if (input instanceof Text) {
            TextBuilder text = new TextBuilder(evaluation.meter());
            items.forEach(character -> text.append((Text) character));
            return text.build();
        }
        return input instanceof Generator ? new ListValue(items) : new Generator(items.iterator());
    }

    private static Value pairs(Value input, Arguments arguments, Evaluation evaluation) {
        arguments.bind("the filter 'items'", 0);
        return switch (input) {
            case Undefined _ -> new Generator(Collections.emptyIterator());
            case DictValue dict ->
                new Generator(new DictView(dict, DictView.Part.ITEMS).items().iterator());
            default ->
                new Generator(new Later(evaluation.meter(), () -> {
                    throw ChatTemplateException.failed(
                            "only a mapping has item pairs, not a '" + input.typeName() + "'");
                }));
        };
    }

    /** Batches of a size; the last may be shorter, or be filled up. */
    private static Value batches(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'batch'", 1, "linecount", "fill_with");
        return new Generator(new Later(evaluation.meter(), () -> {
            long size = Numbers.integer(bound[0], "the size of 'batch'");
            boolean fill = bound[1] != null && bound[1] != NoneValue.NONE;
            List<Value> batches = new ArrayList<>();
            List<Value> batch = new ArrayList<>();
            for (Value item : Iteration.list(input, evaluation)) {
                if (batch.size() == size) {
                    batches.add(new ListValue(batch));
                    batch = new ArrayList<>();
                }
                batch.add(item);
            }
            if (!batch.isEmpty()) {
                long missing = fill ? Math.max(0, size - batch.size()) : 0;
                evaluation.meter().elements(missing);
                batch.addAll(Collections.nCopies((int) missing, bound[1]));
                batches.add(new ListValue(batch));
            }
            return batches.iterator();
        }));
    }

    /** So many slices of nearly one length; the first ones are longer by one. */
    private static Value slices(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'slice'", 1, "slices", "fill_with");
        return new Generator(new Later(evaluation.meter(), () -> {
            List<Value> items = Iteration.list(input, evaluation);
            long count = Numbers.integer(bound[0], "the number of 'slice'");
            if (count == 0) {
                throw ChatTemplateException.failed("division by zero");
            }
            evaluation.meter().elements(Math.max(0, count));
            List<Value> slices = new ArrayList<>();
            int from = 0;
            for (int i = 0; i < count; i++) {
                boolean longer = i < items.size() % count;
                int to = from + (int) (items.size() / count) + (longer ? 1 : 0);
                List<Value> slice = new ArrayList<>(items.subList(from, to));
                if (!longer && bound[1] != null && bound[1] != NoneValue.NONE) {
                    slice.add(bound[1]);
                }
                slices.add(new ListValue(slice));
                from = to;
            }
            return slices.iterator();
        }));
    }

    private static Value sum(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'sum'", 0, "attribute", "start");
        AttributePath path = AttributePath.orNull(bound[0]);
        Value sum = bound[1] == null ? new IntValue(0) : bound[1];
        if (sum instanceof Text) {
            throw ChatTemplateException.failed("'sum' cannot add strings; use 'join'");
        }
        for (Value item : Iteration.list(input, evaluation)) {
            Value term = path == null ? item : path.get(item, evaluation);
            sum = Arithmetic.binary(BinaryOperator.ADD, sum, term, evaluation);
        }
        return sum;
    }

    /** Items that are made when the first is asked for; each generator that another one goes through is a level. */
    static final class Later implements Iterator<Value> {
        private final Meter meter;
        private Supplier<Iterator<Value>> source;
        private Iterator<Value> items;

        Later(Meter meter, Supplier<Iterator<Value>> source) {
            this.meter = meter;
            this.source = source;
        }

        @Override
        public boolean hasNext() {
            meter.enter();
            if (items == null) {
                items = source.get();
                source = null;
            }
            boolean more = items.hasNext();
            meter.leave();
            return more;
        }

        @Override
        public Value next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            meter.enter();
            Value item = items.next();
            meter.leave();
            return item;
        }
    }
}
