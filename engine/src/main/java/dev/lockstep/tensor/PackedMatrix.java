package dev.lockstep.tensor;

import static dev.lockstep.tensor.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A weight matrix of {@code outputs × k} weights, packed into panels of 16 outputs.
 *
 * <p>The idea: SIMD lanes run across outputs and never along k (rule R2), so 16 outputs that are neighbours in the
 * file, where each is a row of k weights, become neighbours in memory for every k. A missing output of the last panel
 * has weight (and scale) zero. A panel is contiguous; panels follow each other.
 *
 * <pre>
 * F32, F16, BF16: for each k, the 16 outputs' weights
 *
 *   k = 0                        k = 1
 *   +----+----+-   -+-----+      +----+-
 *   | o0 | o1 | ... | o15 |      | o0 | ...      64 bytes a k for F32, 32 for F16 and BF16
 *   +----+----+-   -+-----+      +----+-
 *
 * Q8_0, Q4_0: the scales of all blocks of 32 k, then the words of all blocks
 *
 *   0            32                  k                k + 64 w
 *   +------------+------------+-   -+----------------+----------------+-
 *   | 16 scales, | 16 scales, | ... | 16 × w words,  | 16 × w words,  | ...      w = 8 words of 4 bytes for Q8_0,
 *   |  block 0   |  block 1   |     |    block 0     |    block 1     |              4 for Q4_0
 *   +------------+------------+-   -+----------------+----------------+-
 *
 *   scales are F16; byte (j, o, i) of a block's words is at 64 j + 4 o + i:
 *     Q8_0: the weight of output o, k = 4 j + i
 *     Q4_0: output o's k = 4 j + i in the low nibble and k = 16 + 4 j + i in the high one, each plus 8
 *
 * Q4_K, Q6_K: {@link PackedQ4K}, {@link PackedQ6K}
 * </pre>
 *
 * <p>Scales stand apart from the words so that these stay on whole cache lines: side by side, every second 64-byte read
 * would touch two.
 *
 * <p>A quantised block of one output moves as whole 4-byte words, since the file keeps the same byte order inside a
 * block; packing costs one pass over the file.
 */
public final class PackedMatrix {
    /** Outputs in a panel. */
    public static final int PANEL = 16;

    /** Weights of one output that share a scale in Q8_0 and Q4_0, and activations that share one (R3). */
    public static final int BLOCK = 32;

    private static final int SCALES = 2 * PANEL;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private static final List<ElementType> TYPES = List.of(
            ElementType.F32,
            ElementType.F16,
            ElementType.BF16,
            ElementType.Q8_0,
            ElementType.Q4_0,
            ElementType.Q4_K,
            ElementType.Q6_K);

    private final ElementType type;
    private final int outputs;
    private final int k;
    private final long address;
    private final long panelBytes;
    /** The matrix as its file holds it, if it is not packed. */
    private final Optional<MemorySegment> rows;

    /**
     * A matrix at {@code address}, where {@link #packedBytes} bytes belong to it.
     *
     * @param outputs number of output elements, at least 1
     * @param k length of each dot product, at least 1 and a multiple of the type's block
     */
    public PackedMatrix(ElementType type, int outputs, int k, long address) {
        this(type, outputs, k, address, Optional.empty());
    }

    private PackedMatrix(ElementType type, int outputs, int k, long address, Optional<MemorySegment> rows) {
        this.panelBytes = panelBytes(type, k);
        this.rows = rows;
        if (outputs < 1 || address % Memory.ALIGNMENT != 0) {
            throw new IllegalArgumentException(outputs + " outputs at address " + address);
        }
        this.type = type;
        this.outputs = outputs;
        this.k = k;
        this.address = address;
    }

    /**
     * A matrix that is to be packed panel by panel, each time that one is needed: it has no address, only what it is
     * packed from.
     *
     * @param rows the matrix as model files hold it
     */
    public static PackedMatrix unpacked(ElementType type, int outputs, int k, MemorySegment rows) {
        if (rows.byteSize() != outputs * type.bytes(k)) {
            throw new IllegalArgumentException(
                    rows.byteSize() + " bytes for " + outputs + " × " + k + " weights of type " + type);
        }
        return new PackedMatrix(type, outputs, k, 0, Optional.of(rows));
    }

    /** Whether weights of this type can be packed. */
    public static boolean supports(ElementType type) {
        return TYPES.contains(type);
    }

    /** The names of the types that can be packed, for messages: {@code F32, F16, …}. */
    public static String typeNames() {
        return TYPES.stream().map(ElementType::name).collect(Collectors.joining(", "));
    }

    /** Bytes that a packed matrix takes. */
    public static long packedBytes(ElementType type, int outputs, int k) {
        return Math.multiplyExact(panelBytes(type, k), (outputs + (long) PANEL - 1) / PANEL);
    }

    private static long panelBytes(ElementType type, int k) {
        if (!supports(type)) {
            throw new IllegalArgumentException("no packed layout for type " + type);
        }
        if (k < 1 || k % type.blockSize() != 0) {
            throw new IllegalArgumentException(
                    "k = " + k + " for type " + type + ", whose blocks hold " + type.blockSize());
        }
        return switch (type) {
            case Q6_K -> k / 256L * PackedQ6K.BYTES;
            default -> type.bytes(k) * PANEL;
        };
    }

    /** The weights' type. */
    public ElementType type() {
        return type;
    }

    /** Whether {@code from} to {@code to} of {@code k} elements are whole blocks of activations. */
    public static boolean wholeBlocks(int k, int from, int to) {
        return (k | from | to) % BLOCK == 0 && 0 <= from && from <= to && to <= k;
    }

    /** Whether activations are quantised before they meet these weights (R3). */
    public boolean quantised() {
        return type.blockSize() > 1;
    }

    /** The number of outputs. */
    public int outputs() {
        return outputs;
    }

    /** The length of each dot product. */
    public int k() {
        return k;
    }

    /** The number of panels; the last may be partly padding. */
    public int panels() {
        return panels(outputs);
    }

    /** The number of panels that {@code outputs} outputs fill. */
    public static int panels(int outputs) {
        return (int) ((outputs + (long) PANEL - 1) / PANEL);
    }

    /** The number of outputs of panel {@code panel}: 16, or fewer in the last one. */
    public int outputs(int panel) {
        return Math.min(PANEL, outputs - PANEL * panel);
    }

    /** The address of panel {@code panel}. */
    public long panel(int panel) {
        return address + panel * panelBytes;
    }

    /** Whether the panels stand in memory; if not, {@link #rows(int)} has what they are made from. */
    public boolean isPacked() {
        return rows.isEmpty();
    }

    /** The rows of panel {@code panel} of an unpacked matrix, as its file holds them. */
    public MemorySegment rows(int panel) {
        return rows.orElseThrow().asSlice((long) PANEL * panel * rowBytes(), outputs(panel) * rowBytes());
    }

    /** Bytes of one panel. */
    public long panelBytes() {
        return panelBytes;
    }

    /** Bytes of one output's weights in a model file. */
    public long rowBytes() {
        return type.bytes(k);
    }

    /** Bytes of all panels. */
    public long bytes() {
        return panelBytes * panels();
    }

    /**
     * Fills panels {@code from} to {@code to − 1} from their rows; see {@link PanelPacker#pack}, which spares making a
     * packer each time.
     */
    public boolean pack(MemorySegment rows, int from, int to) {
        return new ArrayPacker().pack(this, rows, from, to);
    }

    /** Writes the k weights of {@code output}, as floats, to {@code to}: the embedding of a token. */
    public void row(int output, long to) {
        if (output < 0 || output >= outputs) {
            throw new IllegalArgumentException("output " + output + " of " + outputs);
        }
        long panel = panel(output / PANEL);
        int o = output % PANEL;
        for (int i = 0; i < k; i++) {
            ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, to + 4L * i, weight(panel, o, i));
        }
    }

    /** The weight of output {@code o} of a panel at {@code i}. */
    private float weight(long panel, int o, int i) {
        int block = i / BLOCK;
        int j = i % BLOCK;
        return switch (type) {
            case F32 -> ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, panel + 4L * (PANEL * i + o));
            case F16 -> Float.float16ToFloat(ALL.get(SHORT, panel + 2L * (PANEL * i + o)));
            case BF16 -> Float.intBitsToFloat(ALL.get(SHORT, panel + 2L * (PANEL * i + o)) << 16);
            case Q8_0 -> {
                long at = panel + k + block * 512L;
                yield scale(panel, block, o) * ALL.get(ValueLayout.JAVA_BYTE, at + 64L * (j / 4) + 4 * o + j % 4);
            }
            case Q4_0 -> {
                long at = panel + k + block * 256L;
                int low = j % 16;
                int pair = ALL.get(ValueLayout.JAVA_BYTE, at + 64L * (low / 4) + 4 * o + low % 4);
                yield scale(panel, block, o) * ((j < 16 ? pair & 15 : pair >> 4 & 15) - 8);
            }
            case Q4_K -> PackedQ4K.weight(panel + i / 256 * (long) PackedQ4K.BYTES, o, i % 256);
            case Q6_K -> PackedQ6K.weight(panel + i / 256 * (long) PackedQ6K.BYTES, o, i % 256);
            default -> throw new AssertionError(type);
        };
    }

    private static float scale(long panel, int block, int o) {
        return Float.float16ToFloat(ALL.get(SHORT, panel + (long) block * SCALES + 2L * o));
    }
}
