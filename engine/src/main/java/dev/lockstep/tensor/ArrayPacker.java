package dev.lockstep.tensor;

import static dev.lockstep.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The packer in Java, which all others are compared with.
 *
 * <p>Weights move in units of two bytes, of which all types are made, between two arrays on the heap: a row of the file
 * and the panel. Arrays and not addresses, because this code runs hot from its first moment, before the optimising
 * compiler has seen it, and what comes before that compiler is many times faster with arrays than with memory segments.
 * The arrays grow to what is packed and are used again. Blocks of Q4_K and Q6_K, which have bit fields to sort, go straight
 * to the panel.
 */
public final class ArrayPacker implements PanelPacker {
    private static final int PANEL = PackedMatrix.PANEL;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private static final int F16_EXPONENT = 0x7C00;
    /** Of a BF16, and of the upper half of an F32. */
    private static final int F32_EXPONENT = 0x7F80;

    private short[] row = new short[0];
    private short[] panel = new short[0];

    @Override
    public boolean pack(PackedMatrix matrix, MemorySegment rows, int from, int to) {
        PanelPacker.check(matrix, rows, from, to);
        if (matrix.type() == ElementType.Q4_K || matrix.type() == ElementType.Q6_K) {
            return packSuperBlocks(matrix, rows, from, to);
        }
        long rowBytes = matrix.rowBytes();
        if (panel.length < matrix.panelBytes() / 2) {
            row = new short[(int) (rowBytes / 2)];
            panel = new short[(int) (matrix.panelBytes() / 2)];
        }
        boolean finite = true;
        for (int p = from; p < to; p++) {
            int count = matrix.outputs(p);
            if (count < PANEL) {
                Arrays.fill(panel, (short) 0);
            }
            for (int o = 0; o < count; o++) {
                long at = (PANEL * (long) (p - from) + o) * rowBytes;
                MemorySegment.copy(rows, SHORT, at, row, 0, (int) (rowBytes / 2));
                finite &= packRow(matrix.type(), matrix.k(), o);
            }
            MemorySegment.copy(panel, 0, ALL, SHORT, matrix.panel(p), (int) (matrix.panelBytes() / 2));
        }
        return finite;
    }

    private boolean packRow(ElementType type, int k, int o) {
        return switch (type) {
            case F32 -> packFloats(k, o);
            case F16 -> packHalves(k, o, F16_EXPONENT);
            case BF16 -> packHalves(k, o, F32_EXPONENT);
            case Q8_0 -> packBlocks(k / PackedMatrix.BLOCK, 16, o);
            case Q4_0 -> packBlocks(k / PackedMatrix.BLOCK, 8, o);
            default -> throw new AssertionError(type);
        };
    }

    private boolean packFloats(int k, int o) {
        int worst = 0;
        for (int i = 0; i < k; i++) {
            int to = 2 * (PANEL * i + o);
            short upper = row[2 * i + 1];
            worst = Math.max(worst, upper & F32_EXPONENT);
            panel[to] = row[2 * i];
            panel[to + 1] = upper;
        }
        return worst != F32_EXPONENT;
    }

    private boolean packHalves(int k, int o, int exponent) {
        int worst = 0;
        for (int i = 0; i < k; i++) {
            worst = Math.max(worst, row[i] & exponent);
            panel[PANEL * i + o] = row[i];
        }
        return worst != exponent;
    }

    /** Moves one output's blocks, each a scale and {@code units} units that move in pairs. */
    private boolean packBlocks(int blocks, int units, int o) {
        int worst = 0;
        int from = 0;
        int to = PANEL * blocks + 2 * o;
        for (int b = 0; b < blocks; b++) {
            short scale = row[from++];
            worst = Math.max(worst, scale & F16_EXPONENT);
            panel[PANEL * b + o] = scale;
            for (int j = 0; j < units; j += 2) {
                panel[to] = row[from++];
                panel[to + 1] = row[from++];
                to += 2 * PANEL;
            }
        }
        return worst != F16_EXPONENT;
    }

    private static boolean packSuperBlocks(PackedMatrix matrix, MemorySegment rows, int from, int to) {
        boolean q4 = matrix.type() == ElementType.Q4_K;
        int blockBytes = matrix.type().blockBytes();
        int blocks = matrix.k() / matrix.type().blockSize();
        long at = 0;
        boolean finite = true;
        for (int p = from; p < to; p++) {
            int count = matrix.outputs(p);
            if (count < PANEL) {
                Memory.clear(matrix.panel(p), matrix.panelBytes());
            }
            for (int o = 0; o < count; o++) {
                long panel = matrix.panel(p);
                for (int b = 0; b < blocks; b++) {
                    finite &= q4
                            ? PackedQ4K.pack(rows, at, panel + (long) b * PackedQ4K.BYTES, o)
                            : PackedQ6K.pack(rows, at, panel + (long) b * PackedQ6K.BYTES, o);
                    at += blockBytes;
                }
            }
        }
        return finite;
    }
}
