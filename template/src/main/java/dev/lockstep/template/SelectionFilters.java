package dev.lockstep.template;

import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;

/** Filters that apply a filter or a test to every item, while the result is gone through. */
final class SelectionFilters {
    static final Map<String, Filter> ALL = Map.of(
            "map", SelectionFilters::map,
            "select", (input, arguments, e) -> select(input, arguments, false, true, e),
            "reject", (input, arguments, e) -> select(input, arguments, false, false, e),
            "selectattr", (input, arguments, e) -> select(input, arguments, true, true, e),
            "rejectattr", (input, arguments, e) -> select(input, arguments, true, false, e));

    private SelectionFilters() {}

    private static Value map(Value input, Arguments arguments, Evaluation evaluation) {
        return new Generator(new SequenceFilters.Later(evaluation.meter(), () -> {
            if (!Iteration.isTrue(input)) {
                return java.util.Collections.emptyIterator();
            }
            Function<Value, Value> change = change(arguments, evaluation);
            Iterator<Value> items = Iteration.of(input, evaluation);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return items.hasNext();
                }

                @Override
                public Value next() {
                    return change.apply(items.next());
                }
            };
        }));
    }

    private static Function<Value, Value> change(Arguments arguments, Evaluation evaluation) {
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            Value[] bound = arguments.bind("the filter 'map'", 0, "attribute", "default");
            AttributePath path = AttributePath.of(bound[0]);
            Value otherwise = bound[1] == NoneValue.NONE ? null : bound[1];
            return item -> path.get(item, otherwise, evaluation);
        }
        if (arguments.positional().isEmpty()) {
            throw ChatTemplateException.failed("'map' needs the name of a filter, or attribute=");
        }
        String name = TextMethods.text(arguments.positional().getFirst(), "the filter of 'map'")
                .string();
        Arguments rest = arguments.tail();
        return item -> Filters.apply(name, evaluation, item, rest);
    }

    private static Value select(
            Value input, Arguments arguments, boolean byAttribute, boolean wanted, Evaluation evaluation) {
        return new Generator(new SequenceFilters.Later(evaluation.meter(), () -> {
            if (!Iteration.isTrue(input)) {
                return java.util.Collections.emptyIterator();
            }
            Predicate<Value> test = test(arguments, byAttribute, evaluation);
            return new Selected(Iteration.of(input, evaluation), item -> test.test(item) == wanted, evaluation.meter());
        }));
    }

    private static Predicate<Value> test(Arguments arguments, boolean byAttribute, Evaluation evaluation) {
        Arguments rest = arguments;
        Function<Value, Value> tested = item -> item;
        if (byAttribute) {
            if (rest.positional().isEmpty()) {
                throw ChatTemplateException.failed("a filter that selects by an attribute needs its name");
            }
            AttributePath path = AttributePath.of(rest.positional().getFirst());
            tested = item -> path.get(item, evaluation);
            rest = rest.tail();
        }
        Function<Value, Value> subject = tested;
        if (rest.positional().isEmpty()) {
            return item -> Iteration.isTrue(subject.apply(item));
        }
        String name =
                TextMethods.text(rest.positional().getFirst(), "a test's name").string();
        Arguments others = rest.tail();
        return item -> Tests.holds(name, evaluation, subject.apply(item), others);
    }

    /** The items that pass. */
    private static final class Selected implements Iterator<Value> {
        private final Iterator<Value> items;
        private final Predicate<Value> test;
        private final Meter meter;
        private Value next;

        Selected(Iterator<Value> items, Predicate<Value> test, Meter meter) {
            this.items = items;
            this.test = test;
            this.meter = meter;
        }

        @Override
        public boolean hasNext() {
            while (next == null && items.hasNext()) {
                meter.step(1);
                Value candidate = items.next();
                next = test.test(candidate) ? candidate : null;
            }
            return next != null;
        }

        @Override
        public Value next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Value item = next;
            next = null;
            return item;
        }
    }
}
