package dev.lockstep.tensor;

/**
 * Cuts 64-byte aligned buffers off memory that starts at an address.
 *
 * <p>Laying the same buffers out from address 0 tells how many bytes they take, before there is any memory: that is
 * how the memory plan is made, so plan and allocation cannot disagree.
 */
public final class Cursor {
    private long next;

    /** Starts at {@code base}, a multiple of 64. */
    public Cursor(long base) {
        if (base < 0 || base % Memory.ALIGNMENT != 0) {
            throw new IllegalArgumentException("base address " + base + ", must be a multiple of " + Memory.ALIGNMENT);
        }
        this.next = base;
    }

    /** The address of the next {@code bytes} bytes. */
    public long take(long bytes) {
        long address = next;
        next = Math.addExact(next, Memory.aligned(bytes));
        return address;
    }

    /** The address after the last buffer. */
    public long end() {
        return next;
    }
}
