package dev.lockstep.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Deals out items to workers that ask for them, so that one that is held up holds up the others by one piece at most.
 *
 * <p>Each region has items 0 to n − 1 and is dealt out once between two {@link #reset resets}. Pieces shrink with what is
 * left (guided self-scheduling, Polychronopoulos and Kuck 1987): large ones first, since a long run of weights streams
 * best, single items at the end. Who gets which outputs changes nothing in their bits (R7).
 */
public final class Claims {
    /** No item is left. */
    public static final long NONE = -1;

    private static final VarHandle NEXT = MethodHandles.arrayElementVarHandle(int[].class);

    /** A cache line for each region, so that asking for one does not disturb another. */
    private static final int STRIDE = 16;

    private final int workers;
    private final int[] next;

    /**
     * @param workers how many ask, at least 1
     * @param regions number of regions
     */
    public Claims(int workers, int regions) {
        this.workers = workers;
        this.next = new int[Math.multiplyExact(regions, STRIDE)];
    }

    /** Makes all items of all regions available again; nobody may be claiming. */
    public void reset() {
        for (int at = 0; at < next.length; at += STRIDE) {
            next[at] = 0;
        }
        VarHandle.releaseFence();
    }

    /**
     * Claims some of a region's items.
     *
     * @param items the region's number of items, the same from every worker
     * @return a piece for {@link #from} and {@link #to}, or {@link #NONE}
     */
    public long claim(int region, int items) {
        while (true) {
            int from = (int) NEXT.getVolatile(next, region * STRIDE);
            if (from >= items) {
                return NONE;
            }
            int left = items - from;
            int piece = workers == 1 ? left : Math.max(1, left / (2 * workers));
            if (NEXT.compareAndSet(next, region * STRIDE, from, from + piece)) {
                return (long) from << 32 | from + piece;
            }
        }
    }

    /** A piece's first item. */
    public static int from(long piece) {
        return (int) (piece >> 32);
    }

    /** The item after a piece's last. */
    public static int to(long piece) {
        return (int) piece;
    }
}
