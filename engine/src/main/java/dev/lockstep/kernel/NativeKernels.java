package dev.lockstep.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The native tier: {@code kernels.c}, called through the Foreign Function and Memory API.
 *
 * <p>Quantised activation row for k elements, block after block, so that one register reaches all of a block, then
 * what Q4_K and Q6_K need of each block:
 *
 * <pre>
 *   0                 32       36       40
 *   +-----------------+--------+--------+-
 *   | 32 signed bytes | scale, |  −8 Σ, | ...      Σ is the sum of the 32 bytes: a product starts with it, so that
 *   |                 | float  |  int   |          weights may be stored with an offset
 *   +-----------------+--------+--------+-
 *   40 k/32                            44 k/32                                        52 k/32
 *   +----------------------------------+----------------------------------------------+
 *   | scale · Σ of each block, float   | −32 Σ of each block's two halves, int        |
 *   +----------------------------------+----------------------------------------------+
 * </pre>
 */
final class NativeKernels implements Kernels {
    private static final NativeLibrary LIBRARY = NativeLibrary.INSTANCE;

    private static final MethodHandle MATMUL = LIBRARY.call(
            "lockstep_matmul",
            false,
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
    private static final MethodHandle QUANTISE =
            LIBRARY.call("lockstep_quantise", true, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle RMS_NORM =
            LIBRARY.call("lockstep_rms_norm", true, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_LONG);
    private static final MethodHandle ADD =
            LIBRARY.call("lockstep_add", true, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SWIGLU =
            LIBRARY.call("lockstep_swiglu", true, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle ROPE =
            LIBRARY.call("lockstep_rope", true, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle STORE_KV = LIBRARY.call(
            "lockstep_store_kv", true, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle ATTEND = LIBRARY.call(
            "lockstep_attend",
            false,
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);

    private final int isa;

    /** A copy of a page table off the heap, where native code can read it. */
    private MemorySegment pageAddresses = Arena.ofAuto().allocate(8L * 256, Long.BYTES);

    /** Kernels for the best instruction set of this processor. */
    NativeKernels() {
        this(LIBRARY.isa());
    }

    /** Kernels for a given instruction set, which the processor must have. */
    NativeKernels(int isa) {
        this.isa = isa;
    }

    @Override
    public String name() {
        return "native";
    }

    @Override
    public long quantisedRowBytes(int k) {
        return Memory.aligned(k + 20L * (k / PackedMatrix.BLOCK));
    }

    @Override
    public void quantise(long x, int k, int from, int to, long row) {
        assert PackedMatrix.wholeBlocks(k, from, to);
        try {
            QUANTISE.invokeExact(isa, x, (long) k, (long) from, (long) to, row);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void matmul(PackedMatrix weights, int from, int to, long x, long xPitch, int rows, long out, long outPitch) {
        long first = out + 4L * PackedMatrix.PANEL * from;
        try {
            MATMUL.invokeExact(
                    isa,
                    weights.type().id(),
                    weights.panel(from),
                    weights.panelBytes(),
                    (long) (to - from),
                    (long) weights.k(),
                    x,
                    xPitch,
                    (long) rows,
                    first,
                    outPitch);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void rmsNorm(long x, long weight, int n, float epsilon, long out) {
        try {
            RMS_NORM.invokeExact(isa, x, weight, (long) n, epsilon, out);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void add(long x, long y, int n) {
        try {
            ADD.invokeExact(isa, x, y, (long) n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void swiglu(long gate, long up, int n) {
        try {
            SWIGLU.invokeExact(isa, gate, up, (long) n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void rope(RopeStyle style, long x, int pairs, long table) {
        try {
            ROPE.invokeExact(isa, style == RopeStyle.HALVES ? 1 : 0, x, (long) pairs, table);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void storeKv(ElementType type, long key, long value, int headSize, long page, int slot) {
        try {
            STORE_KV.invokeExact(isa, f16(type), key, value, (long) headSize, page, (long) slot);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void attend(
            ElementType type,
            long q,
            int group,
            int headSize,
            float scale,
            long[] pages,
            long offset,
            int length,
            long scores,
            long out) {
        long scoresPitch = (length + 15L) & -16;
        int pageCount = (length + 15) / 16;
        if (pageAddresses.byteSize() < 8L * pageCount) {
            pageAddresses = Arena.ofAuto().allocate(16L * pageCount, Long.BYTES);
        }
        MemorySegment.copy(pages, 0, pageAddresses, JAVA_LONG, 0, pageCount);
        try {
            ATTEND.invokeExact(
                    isa,
                    f16(type),
                    q,
                    (long) group,
                    (long) headSize,
                    scale,
                    pageAddresses.address(),
                    offset,
                    (long) length,
                    scores,
                    scoresPitch,
                    out);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static int f16(ElementType type) {
        return type == ElementType.F16 ? 1 : 0;
    }

    private static AssertionError failed(Throwable e) {
        return new AssertionError("a native call failed", e);
    }
}
