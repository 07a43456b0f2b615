package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/** Methods of lists, tuples and ranges that change nothing. */
final class SequenceMethods {
    private SequenceMethods() {}

    /** The method, or null. */
    static Value of(Value sequence, String name) {
        return switch (name) {
            case "count" ->
                new Builtin(name, (evaluation, arguments) -> {
                    Value item = arguments.bind("count()", 1, "value")[0];
                    return new IntValue(count(Iteration.list(sequence, evaluation), item, evaluation.meter()));
                });
            case "index" -> new Builtin(name, (evaluation, arguments) -> index(sequence, arguments, evaluation));
            case "copy" ->
                sequence instanceof ListValue list
                        ? new Builtin(name, (evaluation, _) -> {
                            evaluation.meter().elements(list.items().size());
                            return new ListValue(new ArrayList<>(list.items()));
                        })
                        : null;
            default -> null;
        };
    }

    private static long count(List<Value> items, Value wanted, Meter meter) {
        return items.stream()
                .filter(item -> item == wanted || Comparison.equal(item, wanted, meter))
                .count();
    }

    private static Value index(Value sequence, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("index()", 1, "value", "start", "stop");
        List<Value> items = Iteration.list(sequence, evaluation);
        int from = at(bound[1], 0, items.size());
        int to = at(bound[2], items.size(), items.size());
        for (int i = from; i < to; i++) {
            if (items.get(i) == bound[0] || Comparison.equal(items.get(i), bound[0], evaluation.meter())) {
                return new IntValue(i);
            }
        }
        throw ChatTemplateException.failed(
                Abbreviated.of(evaluation.str(bound[0]).string()) + " is not in the " + sequence.typeName());
    }

    /** A bound as slices have it, within the length. */
    static int at(Value bound, int otherwise, int length) {
        if (bound == null || bound == NoneValue.NONE) {
            return otherwise;
        }
        long at = Numbers.clamped(bound, "a bound");
        return Math.clamp(at < 0 ? at + length : at, 0, length);
    }
}
