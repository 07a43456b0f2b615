package dev.lockstep.kernel;

import dev.lockstep.tensor.ArrayPacker;
import dev.lockstep.tensor.PanelPacker;
import java.util.Locale;
import jdk.incubator.vector.FloatVector;

/** Which implementation of {@link Kernels} runs, and why. The choice changes time and nothing else. */
public enum KernelTier {
    /** The fastest tier that this machine and this JVM offer. */
    AUTO,
    /** {@link ScalarKernels}. */
    SCALAR,
    /** {@link VectorKernels}; needs the JDK's incubating Vector API module. */
    VECTOR,
    /** {@link NativeKernels}; needs a build on a machine with a C compiler, and a processor that it knows. */
    NATIVE;

    /**
     * A tier that was chosen, and why.
     *
     * @param tier not AUTO
     * @param reason a clause for the log, such as "512-bit vectors"
     */
    public record Choice(KernelTier tier, String reason) {
        /** A new instance of the tier's kernels, for one worker. */
        public Kernels kernels() {
            return switch (tier) {
                case SCALAR -> new ScalarKernels();
                case VECTOR -> new VectorKernels();
                case NATIVE -> new NativeKernels();
                case AUTO -> throw new AssertionError("AUTO is not a choice");
            };
        }

        /** A new packer of weights, for one thread; all make the same bytes. */
        public PanelPacker packer() {
            return tier == NATIVE ? new NativePacker() : new ArrayPacker();
        }

        /** A new instance of what the tier has for training, for one worker. */
        public GradientKernels gradientKernels() {
            return switch (tier) {
                case SCALAR -> new ScalarGradientKernels();
                case VECTOR -> new VectorGradientKernels();
                case NATIVE -> new NativeGradientKernels();
                case AUTO -> throw new AssertionError("AUTO is not a choice");
            };
        }

        /** A new instance of what the tier has for choosing tokens, for one thread. */
        public SamplingKernels samplingKernels() {
            return tier == NATIVE ? new NativeSamplingKernels() : new ScalarSamplingKernels();
        }

        /** A new instance of the tier's products of float matrices, for one worker; to be closed. */
        public FloatProducts floatProducts() {
            return new FloatProducts(
                    switch (tier) {
                        case SCALAR -> new ScalarFloatProducts();
                        case VECTOR -> new VectorFloatProducts();
                        case NATIVE -> new NativeFloatProducts();
                        case AUTO -> throw new AssertionError("AUTO is not a choice");
                    });
        }
    }

    /**
     * Resolves {@link #AUTO} and checks that an explicit tier can run here.
     *
     * @throws IllegalArgumentException if this build, JVM or machine cannot run the tier
     */
    public Choice choose() {
        return switch (this) {
            case SCALAR -> new Choice(SCALAR, "asked for");
            case VECTOR -> vector();
            case NATIVE -> nativeTier();
            case AUTO -> automatic();
        };
    }

    private static Choice automatic() {
        NativeLibrary library = NativeLibrary.INSTANCE;
        if (library.usable()) {
            return new Choice(NATIVE, library.reason());
        }
        int bits = vectorBits();
        return bits >= 128
                ? new Choice(VECTOR, bits + "-bit vectors; not native: " + library.reason())
                : new Choice(
                        SCALAR,
                        "not native: " + library.reason() + "; not vector: this JVM runs without the Vector API");
    }

    private static Choice vector() {
        int bits = vectorBits();
        if (bits == 0) {
            throw new IllegalArgumentException(
                    "kernels 'vector' need the Vector API; start the JVM with --add-modules jdk.incubator.vector");
        }
        return new Choice(VECTOR, "asked for, " + bits + "-bit vectors");
    }

    private static Choice nativeTier() {
        NativeLibrary library = NativeLibrary.INSTANCE;
        if (!library.usable()) {
            throw new IllegalArgumentException("kernels 'native' cannot run: " + library.reason());
        }
        return new Choice(NATIVE, "asked for, " + library.reason());
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
