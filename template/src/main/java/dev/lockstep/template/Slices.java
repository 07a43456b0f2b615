package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/** {@code object[start:stop:step]}. */
final class Slices {
    private Slices() {}

    /** The part of a sequence; bounds may be None. */
    static Value slice(Value object, Value start, Value stop, Value step, Evaluation evaluation) {
        if (object instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (!(object instanceof Text
                || object instanceof ListValue
                || object instanceof TupleValue
                || object instanceof RangeValue)) {
            throw ChatTemplateException.failed("'" + object.typeName() + "' object cannot be sliced");
        }
        int by = step == NoneValue.NONE ? 1 : Numbers.clamped(step, "a slice's step");
        if (by == 0) {
            throw ChatTemplateException.failed("slice step cannot be zero");
        }
        int length = Iteration.length(object);
        int from = bound(start, by > 0 ? 0 : length - 1, by, length);
        int to = bound(stop, by > 0 ? length : -1, by, length);
        int count =
                (int) Math.max(0, by > 0 ? ((long) to - from + by - 1) / by : ((long) from - to - by - 1) / -(long) by);
        return switch (object) {
            case Text text -> text(text, from, by, count, evaluation.meter());
            case ListValue list -> new ListValue(items(list.items(), from, by, count, evaluation.meter()));
            case TupleValue tuple -> new TupleValue(items(tuple.items(), from, by, count, evaluation.meter()));
            case RangeValue range -> range(range, from, by, count);
            default -> throw new AssertionError(object);
        };
    }

    private static int bound(Value bound, int otherwise, int step, int length) {
        if (bound == NoneValue.NONE) {
            return otherwise;
        }
        long at = Numbers.clamped(bound, "a slice's bound");
        if (at < 0) {
            at += length;
        }
        return Math.clamp(at, step > 0 ? 0 : -1, step > 0 ? length : length - 1);
    }

    private static List<Value> items(List<Value> items, int from, int step, int count, Meter meter) {
        meter.elements(count);
        List<Value> part = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            part.add(items.get(from + i * step));
        }
        return part;
    }

    private static Value range(RangeValue range, int from, int step, int count) {
        long start = range.start() + from * range.step();
        return new RangeValue(start, start + count * step * range.step(), step * range.step(), count);
    }

    private static Text text(Text text, int from, int step, int count, Meter meter) {
        meter.scan(text.length());
        if (step == 1) {
            int begin = text.offset(count == 0 ? 0 : from);
            return meter.made(text.slice(begin, count == 0 ? 0 : text.string().offsetByCodePoints(begin, count)));
        }
        TextBuilder part = new TextBuilder(meter);
        int offset = count == 0 ? 0 : text.offset(from);
        for (int i = 0; i < count; i++) {
            part.append(text.slice(
                    offset, offset + Character.charCount(text.string().codePointAt(offset))));
            if (i + 1 < count) {
                meter.step(Math.min(Math.abs((long) step), text.length()) / 8);
                offset = text.string().offsetByCodePoints(offset, step);
            }
        }
        return part.build().withMarkup(text.isMarkup());
    }
}
