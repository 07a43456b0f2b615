package dev.lockstep.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The native tier's {@code sampling.c}. */
final class NativeSamplingKernels implements SamplingKernels {
    private static final NativeLibrary LIBRARY = NativeLibrary.INSTANCE;
    private static final MethodHandle LARGEST =
            LIBRARY.heapCall("lockstep_largest", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle CONTENDERS = LIBRARY.heapCall(
            "lockstep_contenders",
            FunctionDescriptor.of(
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_LONG,
                    JAVA_INT,
                    ADDRESS,
                    JAVA_LONG,
                    JAVA_LONG,
                    JAVA_FLOAT,
                    JAVA_FLOAT,
                    ADDRESS));

    private final int isa;

    /** For the best instruction set of this processor. */
    NativeSamplingKernels() {
        this(LIBRARY.isa());
    }

    /** For a given instruction set, which the processor must have. */
    NativeSamplingKernels(int isa) {
        this.isa = isa;
    }

    @Override
    public int largest(MemorySegment x, int n) {
        assert n > 0 && 4L * n <= x.byteSize() : n + " floats in " + x;
        try {
            return (int) LARGEST.invokeExact(isa, x, (long) n);
        } catch (Throwable e) {
            throw failed(e);
        }
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
        assert from % 4 == 0 && count <= PIECE : count + " tokens from " + from;
        assert 4L * (from + count) <= logits.byteSize() && 8L * PIECE <= out.byteSize() : logits + " to " + out;
        try {
            return (int) CONTENDERS.invokeExact(
                    isa, seed, position, logits, (long) from, (long) count, threshold, best, out);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static AssertionError failed(Throwable e) {
        return new AssertionError("a native call failed", e);
    }
}
