package dev.lockstep.kernel;

import java.util.Locale;
import jdk.incubator.vector.FloatVector;

/** Which implementation of {@link Kernels} runs, and why. The choice changes time and nothing else. */
public enum KernelTier {
    /** The fastest tier that this machine and this JVM offer. */
    AUTO,
    /** {@link ScalarKernels}. */
    SCALAR,
    /** {@link VectorKernels}; needs the JDK's incubating Vector API module. */
    VECTOR;

    /**
     * A tier that was chosen, and why.
     *
     * @param tier SCALAR or VECTOR
     * @param reason a clause for the log, such as "512-bit vectors"
     */
    public record Choice(KernelTier tier, String reason) {
        /** A new instance of the tier's kernels, for one worker. */
        public Kernels kernels() {
            return tier == SCALAR ? new ScalarKernels() : new VectorKernels();
        }
    }

    /**
     * Resolves {@link #AUTO} and checks that an explicit tier can run here.
     *
     * @throws IllegalArgumentException if this JVM cannot run the tier
     */
    public Choice choose() {
        if (this == SCALAR) {
            return new Choice(SCALAR, "asked for");
        }
        int bits = vectorBits();
        if (this == VECTOR && bits == 0) {
            throw new IllegalArgumentException(
                    "kernels 'vector' need the Vector API; start the JVM with --add-modules jdk.incubator.vector");
        }
        if (this == VECTOR) {
            return new Choice(VECTOR, "asked for, " + bits + "-bit vectors");
        }
        return bits >= 128
                ? new Choice(VECTOR, bits + "-bit vectors")
                : new Choice(SCALAR, "this JVM has no Vector API of 128 bits or more");
    }

    /** The width of this machine's vectors in bits, 0 without the Vector API module. */
    private static int vectorBits() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return 0;
        }
        return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
