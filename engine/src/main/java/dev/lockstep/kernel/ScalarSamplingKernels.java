package dev.lockstep.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * One number after the other, in plain Java. Runs in the vector tier, too: the products of {@link Philox} have 64 bits, and
 * vectors of those did not pay.
 */
final class ScalarSamplingKernels implements SamplingKernels {
    private final Philox philox = new Philox();

    @Override
    public int largest(MemorySegment x, int n) {
        int best = 0;
        float largest = x.getAtIndex(JAVA_FLOAT_UNALIGNED, 0);
        for (int i = 0; i < n; i++) {
            float value = x.getAtIndex(JAVA_FLOAT_UNALIGNED, i);
            if (!Float.isFinite(value)) {
                return ~i;
            }
            if (value > largest) {
                largest = value;
                best = i;
            }
        }
        return best;
    }

    @Override
    public int contenders(
            long seed,
            int position,
            MemorySegment logits,
            int from,
            int count,
            float threshold,
            float best,
            MemorySegment out) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            if (i % 4 == 0) {
                philox.compute(seed, from / 4 + i / 4, position, 0, 0);
            }
            int bits = philox.word(i % 4);
            float logit = logits.getAtIndex(JAVA_FLOAT_UNALIGNED, from + i);
            if (logit >= threshold && logit + SamplingKernels.bound(bits) >= best) {
                out.setAtIndex(JAVA_INT_UNALIGNED, 2L * found, from + i);
                out.setAtIndex(JAVA_INT_UNALIGNED, 2L * found + 1, bits);
                found++;
            }
        }
        return found;
    }
}
