package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cosines and sines of every position, made once with {@link StrictMath} (R4).
 *
 * <p>Row of a position: {@code c0 s0 c1 s1 …}, floats, one pair for each rotated pair; the angle of pair i at position p
 * is {@code (p ÷ scale) · base^(−i ÷ pairs) ÷ factor[i]}, computed in double. The factors come from the tensor
 * {@code rope_freqs.weight} where a model has one (Llama 3's long-context scaling), else they are 1.
 */
final class RopeTable {
    private static final String FACTORS = "rope_freqs.weight";

    private final long address;
    private final long pitch;

    private RopeTable(long address, long pitch) {
        this.address = address;
        this.pitch = pitch;
    }

    /** Bytes of a table for {@code positions} positions, a multiple of 64. */
    static long bytes(ModelConfig config, int positions) {
        return Memory.aligned(Math.multiplyExact(8L * config.ropePairs(), (long) positions));
    }

    /** Fills the table at {@code address}. */
    static RopeTable fill(ModelConfig config, float[] factors, int positions, long address) {
        int pairs = config.ropePairs();
        for (int i = 0; i < pairs; i++) {
            double frequency = StrictMath.pow(config.ropeBase(), -(double) i / pairs) / factors[i] / config.ropeScale();
            for (int p = 0; p < positions; p++) {
                long at = address + 8L * (p * (long) pairs + i);
                Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) StrictMath.cos(p * frequency));
                Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4, (float) StrictMath.sin(p * frequency));
            }
        }
        return new RopeTable(address, 8L * pairs);
    }

    /** The divisors of the frequencies, one for each pair. */
    static float[] factors(GgufFile file, ModelConfig config) throws UnusableModelException {
        float[] factors = new float[config.ropePairs()];
        Optional<GgufTensor> tensor = file.tensor(FACTORS);
        if (tensor.isEmpty()) {
            Arrays.fill(factors, 1f);
            return factors;
        }
        if (tensor.get().type() != ElementType.F32 || tensor.get().elements() != factors.length) {
            throw new UnusableModelException(file.path().getFileName() + ": tensor " + FACTORS + " has "
                    + tensor.get().elements() + " elements of type "
                    + tensor.get().type() + ", wanted are "
                    + factors.length + " of type F32");
        }
        MemorySegment data = file.data(tensor.get());
        for (int i = 0; i < factors.length; i++) {
            factors[i] = data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
            if (!(factors[i] > 0) || Float.isInfinite(factors[i])) {
                throw new UnusableModelException(file.path().getFileName() + ": tensor " + FACTORS + " holds "
                        + factors[i] + ", but must be positive and finite");
            }
        }
        return factors;
    }

    /** The row of a position. */
    long row(int position) {
        return address + position * pitch;
    }
}
