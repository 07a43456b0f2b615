package dev.lockstep.tensor;

import java.lang.foreign.MemorySegment;

/**
 * All off-heap memory as one segment, addressed by absolute addresses.
 *
 * <p>Kernels read and write through {@link #ALL} at the addresses that a {@link Region} handed out. One global segment
 * with constant bounds lets the compiler drop bounds checks and liveness checks from the inner loops, and an address
 * is what the native tier takes anyway. The price is that a wrong address is not caught here: sizes are checked where
 * buffers are made and where a step enters the forward pass, and by assertions inside the kernels.
 */
public final class Memory {
    /** Every address of the process; offsets into it are absolute addresses. */
    @SuppressWarnings("restricted") // the point of it: no bounds
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** The alignment in bytes of every buffer that kernels touch: one cache line, one 512-bit vector. */
    public static final int ALIGNMENT = 64;

    private Memory() {}

    /** Rounds {@code bytes} up to a whole number of cache lines. */
    public static long aligned(long bytes) {
        return Math.addExact(bytes, ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Sets {@code bytes} bytes from {@code address} on to zero. */
    public static void clear(long address, long bytes) {
        ALL.asSlice(address, bytes).fill((byte) 0);
    }
}
