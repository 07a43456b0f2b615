package dev.lockstep.tensor;

import java.util.Optional;

/**
 * How the elements of a tensor are stored: every type that a GGUF file may name today.
 *
 * <p>A type stores {@link #blockSize()} consecutive elements of a row in {@link #blockBytes()} bytes. Plain types have
 * blocks of one element; quantised types share scales inside a block of 32, 64, 128 or 256 elements. A row always
 * holds whole blocks. The layout of a block is drawn where it is computed with, in the kernels.
 *
 * <p>Source: {@code enum ggml_type} in ggml's {@code include/ggml.h} and the block structures in its
 * {@code src/ggml-common.h}. Ids 4, 5, 31 to 33 and 36 to 38 belonged to types that ggml has removed.
 */
public enum ElementType {
    /** IEEE 754 binary32. */
    F32(0, 1, 4),
    /** IEEE 754 binary16. */
    F16(1, 1, 2),
    /** 4-bit codes around zero, one F16 scale for 32. */
    Q4_0(2, 32, 18),
    /** 4-bit codes, one F16 scale and one F16 minimum for 32. */
    Q4_1(3, 32, 20),
    /** 5-bit codes around zero, one F16 scale for 32. */
    Q5_0(6, 32, 22),
    /** 5-bit codes, one F16 scale and one F16 minimum for 32. */
    Q5_1(7, 32, 24),
    /** 8-bit codes, one F16 scale for 32. */
    Q8_0(8, 32, 34),
    /** 8-bit codes, one F16 scale and the F16 product of scale and code sum for 32; meant for activations. */
    Q8_1(9, 32, 36),
    /** K-quant: 2-bit codes in groups of 16 with 4-bit scales and minimums, two F16 super-scales for 256. */
    Q2_K(10, 256, 84),
    /** K-quant: 3-bit codes in groups of 16 with 6-bit scales, one F16 super-scale for 256. */
    Q3_K(11, 256, 110),
    /** K-quant: 4-bit codes in groups of 32 with 6-bit scales and minimums, two F16 super-scales for 256. */
    Q4_K(12, 256, 144),
    /** K-quant: 5-bit codes in groups of 32 with 6-bit scales and minimums, two F16 super-scales for 256. */
    Q5_K(13, 256, 176),
    /** K-quant: 6-bit codes in groups of 16 with 8-bit scales, one F16 super-scale for 256. */
    Q6_K(14, 256, 210),
    /** 8-bit codes, one F32 scale and the sums of each 16 codes for 256; meant for activations. */
    Q8_K(15, 256, 292),
    /** Codebook of 8-element vectors with packed signs, 2.06 bits an element. */
    IQ2_XXS(16, 256, 66),
    /** Codebook of 8-element vectors with 4-bit scales, 2.31 bits an element. */
    IQ2_XS(17, 256, 74),
    /** Codebook of 4-element vectors with packed signs, 3.06 bits an element. */
    IQ3_XXS(18, 256, 98),
    /** Codebook of ternary 8-element vectors, 1.56 bits an element. */
    IQ1_S(19, 256, 50),
    /** 4-bit codes into a fixed non-linear table of 16 values, one F16 scale for 32. */
    IQ4_NL(20, 32, 18),
    /** Codebook of 4-element vectors with plain signs and 4-bit scales, 3.44 bits an element. */
    IQ3_S(21, 256, 110),
    /** Codebook of 8-element vectors with plain signs and 4-bit scales, 2.56 bits an element. */
    IQ2_S(22, 256, 82),
    /** 4-bit codes into the table of {@link #IQ4_NL}, 6-bit scales for each 32 and one F16 super-scale for 256. */
    IQ4_XS(23, 256, 136),
    /** Signed 8-bit integer. */
    I8(24, 1, 1),
    /** Signed 16-bit integer. */
    I16(25, 1, 2),
    /** Signed 32-bit integer. */
    I32(26, 1, 4),
    /** Signed 64-bit integer. */
    I64(27, 1, 8),
    /** IEEE 754 binary64. */
    F64(28, 1, 8),
    /** Codebook of ternary 8-element vectors with 3-bit scales, 1.75 bits an element. */
    IQ1_M(29, 256, 56),
    /** bfloat16: the upper half of an IEEE 754 binary32. */
    BF16(30, 1, 2),
    /** Ternary codes, five to a byte, one F16 scale for 256. */
    TQ1_0(34, 256, 54),
    /** Ternary codes, four to a byte, one F16 scale for 256. */
    TQ2_0(35, 256, 66),
    /** Microscaling E2M1 codes, one E8M0 scale for 32 (OCP Microscaling Formats specification 1.0). */
    MXFP4(39, 32, 17),
    /** E2M1 codes in groups of 16 with unsigned E4M3 scales, four groups for 64. */
    NVFP4(40, 64, 36),
    /** One sign bit an element, one F16 scale for 128. */
    Q1_0(41, 128, 18),
    /** 2-bit codes, one F16 scale for 64. */
    Q2_0(42, 64, 18);

    private static final ElementType[] BY_ID = new ElementType[43];

    static {
        for (ElementType type : values()) {
            BY_ID[type.id] = type;
        }
    }

    private final int id;
    private final int blockSize;
    private final int blockBytes;

    ElementType(int id, int blockSize, int blockBytes) {
        this.id = id;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The type's number in a GGUF file. */
    public int id() {
        return id;
    }

    /** Elements in one block; 1 for a plain type. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes of one block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether elements share scales in blocks, so that a single one cannot be read alone. */
    public boolean isQuantised() {
        return blockSize > 1;
    }

    /**
     * Bytes that {@code elements} elements take.
     *
     * @throws IllegalArgumentException if the number is negative or not a multiple of the block size
     * @throws ArithmeticException if the result does not fit in 63 bits
     */
    public long bytes(long elements) {
        if (elements < 0 || elements % blockSize != 0) {
            throw new IllegalArgumentException(
                    "a " + this + " tensor cannot hold " + elements + " elements: its blocks hold " + blockSize);
        }
        return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    }

    /** The type with this number, if there is one. */
    public static Optional<ElementType> ofId(int id) {
        return id < 0 || id >= BY_ID.length ? Optional.empty() : Optional.ofNullable(BY_ID[id]);
    }
}
