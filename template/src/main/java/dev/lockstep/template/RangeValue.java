package dev.lockstep.template;

import java.util.AbstractList;
import java.util.List;

/** Python's {@code range}: at most {@link #LENGTH_MAX} numbers. */
record RangeValue(long start, long stop, long step, int length) implements Value {
    /** As many numbers as Jinja's sandbox allows. */
    static final int LENGTH_MAX = 100_000;

    static RangeValue of(long start, long stop, long step) {
        if (step == 0) {
            throw ChatTemplateException.failed("range() arg 3 must not be zero");
        }
        double length = Math.max(0, Math.ceil(((double) stop - start) / step));
        if (length > LENGTH_MAX) {
            throw ChatTemplateException.limit("range(" + start + ", " + stop + ", " + step
                    + ") has more than the limit of " + LENGTH_MAX + " numbers");
        }
        return new RangeValue(start, stop, step, (int) length);
    }

    long at(int index) {
        return start + index * step;
    }

    List<Value> items() {
        return new AbstractList<>() {
            @Override
            public Value get(int index) {
                return new IntValue(at(index));
            }

            @Override
            public int size() {
                return length;
            }
        };
    }

    @Override
    public String typeName() {
        return "range";
    }
}
