package dev.lockstep.train.model;

import dev.lockstep.tensor.Memory;
import java.lang.foreign.ValueLayout;

/**
 * Cosines and sines of every position, as inference has them ({@code docs/numerics.md}, "Rotary positions"), and the
 * same with the sines negated: a rotation's gradient is rotated back.
 */
final class RotaryAngles {
    private final long table;
    private final long pitch;
    private final long inverse;

    /** Fills the tables at {@code table}. */
    RotaryAngles(TransformerConfig c, long table) {
        this.table = table;
        this.pitch = 8L * c.ropePairs();
        this.inverse = table + pitch * c.contextLength();
        for (int i = 0; i < c.ropePairs(); i++) {
            double frequency = StrictMath.pow(c.ropeBase(), -(double) i / c.ropePairs());
            for (int p = 0; p < c.contextLength(); p++) {
                float sin = (float) StrictMath.sin(p * frequency);
                set(p * pitch + 8L * i, (float) StrictMath.cos(p * frequency), sin);
            }
        }
    }

    private void set(long offset, float cos, float sin) {
        Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, table + offset, cos);
        Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, table + offset + 4, sin);
        Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, inverse + offset, cos);
        Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, inverse + offset + 4, -sin);
    }

    /** Bytes of the tables. */
    static long bytes(TransformerConfig c) {
        return Memory.aligned(16L * c.ropePairs() * c.contextLength());
    }

    /** The table that rotates to a position. */
    long forward(int position) {
        return table + position * pitch;
    }

    /** The table that rotates back. */
    long backward(int position) {
        return inverse + position * pitch;
    }
}
