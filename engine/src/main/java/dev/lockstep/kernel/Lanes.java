package dev.lockstep.kernel;

import static dev.lockstep.tensor.Memory.ALL;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shapes of the vector tier, and loads that widen.
 *
 * <p>Shapes follow the machine, 128 to 512 bits, and are constants to the compiler. A panel's 16 outputs (and a page's
 * 16 positions) are {@link #PARTS} vectors; which width it is cannot change a bit, since lanes are outputs (R2).
 */
final class Lanes {
    private static final int BITS = Math.min(512, Math.max(128, FloatVector.SPECIES_PREFERRED.vectorBitSize()));

    static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Long> L = VectorSpecies.of(long.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Short> S = VectorSpecies.of(short.class, VectorShape.forBitSize(BITS));

    /** As many shorts as {@link #F} has floats. */
    static final VectorSpecies<Short> HALVES = VectorSpecies.of(short.class, VectorShape.forBitSize(BITS / 2));

    /** Float lanes in a vector: 4, 8 or 16. */
    static final int LANES = F.length();

    /** Vectors in a panel of 16 outputs. */
    static final int PARTS = 16 / LANES;

    /**
     * Every bit of an address that is in use. An address masked with it is a number that {@link
     * dev.lockstep.tensor.Memory#ALL} holds, as far as the compiler can see, so that it drops the bounds check, also
     * for small offsets from it; a check takes as long as the load that it guards.
     */
    static final long ADDRESS = Long.MAX_VALUE >>> 1;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Lanes() {}

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(F, ALL, address & ADDRESS, LITTLE_ENDIAN);
    }

    static void store(FloatVector v, long address) {
        v.intoMemorySegment(ALL, address & ADDRESS, LITTLE_ENDIAN);
    }

    static FloatVector broadcast(long address) {
        return FloatVector.broadcast(F, ALL.get(FLOAT, address & ADDRESS));
    }

    /**
     * F16 to float, exact for every finite value: the sign-extended bits shifted so that exponent and fraction stand
     * where a float has them, then scaled by 2¹¹² for the difference of the exponents' biases.
     */
    static FloatVector loadF16(long address) {
        return widen(address)
                .lanewise(VectorOperators.LSHL, 13)
                .lanewise(VectorOperators.AND, 0x8FFFE000)
                .reinterpretAsFloats()
                .mul(0x1p112f);
    }

    /** BF16 to float: its bits are the upper half. */
    static FloatVector loadBf16(long address) {
        return widen(address).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static IntVector widen(long address) {
        return (IntVector) ShortVector.fromMemorySegment(HALVES, ALL, address & ADDRESS, LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, I, 0);
    }

    /** {@link Elementary#exp} in every lane. */
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.min(Elementary.EXP_MAX);
        FloatVector rounded = clamped.fma(Elementary.LOG2_E, Elementary.ROUND);
        FloatVector n = rounded.sub(Elementary.ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(F, -Elementary.LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(F, -Elementary.LN2_LOW), r);
        FloatVector p = r.fma(Elementary.P0, Elementary.P1);
        p = p.fma(r, FloatVector.broadcast(F, Elementary.P2));
        p = p.fma(r, FloatVector.broadcast(F, Elementary.P3));
        p = p.fma(r, FloatVector.broadcast(F, Elementary.P4));
        p = p.fma(r, FloatVector.broadcast(F, Elementary.P5));
        p = p.fma(r.mul(r), r).add(1f);
        FloatVector scale = rounded.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 23)
                .add(0x3F800000)
                .reinterpretAsFloats();
        return p.mul(scale).blend(0f, x.lt(Elementary.EXP_MIN));
    }

    /** {@link Elementary#silu} in every lane. */
    static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(1f));
    }
}
