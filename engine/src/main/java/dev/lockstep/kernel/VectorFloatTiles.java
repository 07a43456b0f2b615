package dev.lockstep.kernel;

import static dev.lockstep.kernel.Lanes.LANES;
import static dev.lockstep.kernel.Lanes.broadcast;
import static dev.lockstep.kernel.Lanes.load;
import static dev.lockstep.kernel.Lanes.loadBf16;
import static dev.lockstep.kernel.Lanes.loadF16;
import static dev.lockstep.kernel.Lanes.store;

import dev.lockstep.tensor.ElementType;
import jdk.incubator.vector.FloatVector;

/**
 * Tiles of the matrix product for float weights: one vector of outputs times one or four activation rows, all of k.
 *
 * <p>A tile is a method of its own so that the compiler sees a small loop; the three types differ in the load alone,
 * but each needs its own loop, since a choice inside it would keep vectors from registers.
 */
final class VectorFloatTiles {
    private VectorFloatTiles() {}

    /** One part of one panel for all rows; {@code weights} and {@code out} point at the part's first output. */
    static void multiply(
            ElementType type, long weights, int k, long x, long xPitch, int rows, long out, long outPitch) {
        int r = 0;
        for (; r + 4 <= rows; r += 4) {
            long xr = x + r * xPitch;
            long to = out + r * outPitch;
            switch (type) {
                case F32 -> tile4F32(weights, k, xr, xPitch, to, outPitch);
                case F16 -> tile4F16(weights, k, xr, xPitch, to, outPitch);
                default -> tile4Bf16(weights, k, xr, xPitch, to, outPitch);
            }
        }
        for (; r < rows; r++) {
            long xr = x + r * xPitch;
            long to = out + r * outPitch;
            switch (type) {
                case F32 -> tile1F32(weights, k, xr, to);
                case F16 -> tile1F16(weights, k, xr, to);
                default -> tile1Bf16(weights, k, xr, to);
            }
        }
    }

    private static void tile1F32(long w, int k, long x, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int i = 0; i < k; i++) {
            acc = load(w + 64L * i).fma(broadcast(x + 4L * i), acc);
        }
        store(acc, out);
    }

    private static void tile1F16(long w, int k, long x, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int i = 0; i < k; i++) {
            acc = loadF16(w + 32L * i).fma(broadcast(x + 4L * i), acc);
        }
        store(acc, out);
    }

    private static void tile1Bf16(long w, int k, long x, long out) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int i = 0; i < k; i++) {
            acc = loadBf16(w + 32L * i).fma(broadcast(x + 4L * i), acc);
        }
        store(acc, out);
    }

    private static void tile4F32(long w, int k, long x, long xPitch, long out, long outPitch) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int i = 0; i < k; i++) {
            FloatVector v = load(w + 64L * i);
            long xi = x + 4L * i;
            a0 = v.fma(broadcast(xi), a0);
            a1 = v.fma(broadcast(xi + xPitch), a1);
            a2 = v.fma(broadcast(xi + 2 * xPitch), a2);
            a3 = v.fma(broadcast(xi + 3 * xPitch), a3);
        }
        store4(a0, a1, a2, a3, out, outPitch);
    }

    private static void tile4F16(long w, int k, long x, long xPitch, long out, long outPitch) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int i = 0; i < k; i++) {
            FloatVector v = loadF16(w + 32L * i);
            long xi = x + 4L * i;
            a0 = v.fma(broadcast(xi), a0);
            a1 = v.fma(broadcast(xi + xPitch), a1);
            a2 = v.fma(broadcast(xi + 2 * xPitch), a2);
            a3 = v.fma(broadcast(xi + 3 * xPitch), a3);
        }
        store4(a0, a1, a2, a3, out, outPitch);
    }

    private static void tile4Bf16(long w, int k, long x, long xPitch, long out, long outPitch) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int i = 0; i < k; i++) {
            FloatVector v = loadBf16(w + 32L * i);
            long xi = x + 4L * i;
            a0 = v.fma(broadcast(xi), a0);
            a1 = v.fma(broadcast(xi + xPitch), a1);
            a2 = v.fma(broadcast(xi + 2 * xPitch), a2);
            a3 = v.fma(broadcast(xi + 3 * xPitch), a3);
        }
        store4(a0, a1, a2, a3, out, outPitch);
    }

    static void store4(FloatVector a0, FloatVector a1, FloatVector a2, FloatVector a3, long out, long pitch) {
        store(a0, out);
        store(a1, out + pitch);
        store(a2, out + 2 * pitch);
        store(a3, out + 3 * pitch);
    }

    /** Bytes from one part of a panel's outputs to the next, for weights of {@code bytes} bytes. */
    static long partBytes(int bytes) {
        return (long) LANES * bytes;
    }
}
