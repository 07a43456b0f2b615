package dev.lockstep.kernel;

/**
 * Code that does nothing but read memory or multiply and add, as fast as one thread can: what a roofline is measured
 * with (Williams et al. 2009, "Roofline: An Insightful Visual Performance Model"). Calling it on every worker, and
 * taking the time, is the caller's part.
 */
public sealed interface MachineProbe permits NativeProbe, VectorProbe, ScalarProbe {
    /** {@link #readBytes} takes whole pieces of this many bytes. */
    int READ_BYTES = 256;

    /** The fastest probe that this machine and this JVM offer, for one worker; the tiers are {@link KernelTier#AUTO}'s. */
    static MachineProbe best() {
        return switch (KernelTier.AUTO.choose().tier()) {
            case NATIVE -> new NativeProbe();
            case VECTOR -> new VectorProbe();
            case SCALAR -> new ScalarProbe();
            case AUTO -> throw new AssertionError("AUTO is not a choice");
        };
    }

    /** The instructions that run, for people, such as "native, AVX2". */
    String instructions();

    /**
     * Reads every byte once.
     *
     * @param address a multiple of 64
     * @param bytes a multiple of {@value #READ_BYTES}
     * @return the exclusive or of all 64-bit words
     */
    long readBytes(long address, long bytes);

    /**
     * Multiplies and adds floats in registers, into sums that do not wait for each other.
     *
     * @return how many multiply-adds that were
     */
    long multiplyAdds(long rounds);

    /**
     * Multiplies and adds bytes into 32-bit sums in registers, by the instructions that the products of Q4_0 weights
     * use.
     *
     * @return how many multiply-adds that were; 0 if the tier has no such instructions
     */
    long byteDots(long rounds);
}
