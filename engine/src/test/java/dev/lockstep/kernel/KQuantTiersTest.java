package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with Q4_K and Q6_K weights: every tier against the scalar tier, and that against its formula. */
class KQuantTiersTest {
    private static final List<ElementType> TYPES = List.of(ElementType.Q4_K, ElementType.Q6_K);

    private final Kernels scalar = KernelTier.SCALAR.choose().kernels();

    static Stream<Kernels> tiers() {
        return KernelTiersTest.tiers();
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void everySize(Kernels tier) {
        for (ElementType type : TYPES) {
            for (int k : new int[] {256, 512, 1280}) {
                for (int outputs : new int[] {1, 15, 16, 17, 33}) {
                    for (int rows : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}) {
                        assertSameBits(tier, type, outputs, k, rows);
                    }
                }
            }
            assertSameBits(tier, type, 33, 5632, 13);
            assertSameBits(tier, type, 17, 5632, 1);
            assertSameBits(tier, type, 33, 512, 64);
        }
    }

    private void assertSameBits(Kernels tier, ElementType type, int outputs, int k, int rows) {
        try (Buffers b = new Buffers()) {
            SplittableRandom random = new SplittableRandom(31L * outputs + k + 1009L * rows);
            PackedMatrix weights = KernelTiersTest.randomMatrix(b, random, type, outputs, k);
            long x = b.random(random, rows * k, 3);
            int n = rows * weights.panels() * PackedMatrix.PANEL;
            assertThat(Buffers.bits(KernelTiersTest.multiply(b, tier, weights, x, rows), n))
                    .as("%s %d × %d, %d rows", type, outputs, k, rows)
                    .isEqualTo(Buffers.bits(KernelTiersTest.multiply(b, scalar, weights, x, rows), n));
        }
    }

    /**
     * Blocks all of whose bytes are the same, so that scales and codes stand at both ends of their ranges, with
     * F16 scales from subnormal to the largest; activations of ±127 in all lanes, of zeros, and near the limit below
     * which a block counts as zeros.
     */
    @ParameterizedTest
    @MethodSource("tiers")
    void extremeBlocks(Kernels tier) {
        short[] scales = {0x0000, (short) 0x8000, 0x0001, (short) 0x8001, 0x03FF, 0x3C00, 0x7BFF, (short) 0xFBFF};
        for (ElementType type : TYPES) {
            for (int filler : new int[] {0x00, 0xFF, 0x80, 0x7F, 0x3F, 0xC0, 0x0F, 0xF0}) {
                for (short scale : scales) {
                    for (short minimum : type == ElementType.Q4_K ? scales : new short[] {0}) {
                        assertSameBitsOfBlocks(tier, type, filler, scale, minimum);
                    }
                }
            }
        }
    }

    private void assertSameBitsOfBlocks(Kernels tier, ElementType type, int filler, short scale, short minimum) {
        int k = 512;
        int rows = 5;
        try (Buffers b = new Buffers();
                Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(type.bytes(16L * k));
            source.fill((byte) filler);
            for (long at = 0; at < source.byteSize(); at += type.blockBytes()) {
                setScales(type, source, at, scale, minimum);
            }
            PackedMatrix weights = KernelTiersTest.pack(b, type, source, 16, k);
            long x = b.bytes(4L * rows * k);
            float[] sizes = {127, -127, 0, 1.1e-30f, Float.MIN_VALUE};
            for (int i = 0; i < rows * k; i++) {
                // The first row's signs agree in every block, the others' alternate in their own ways.
                int row = i / k;
                Buffers.set(x, i, row > 0 && i % (row + 1) == 0 ? -sizes[row] : sizes[row]);
            }
            assertThat(Buffers.bits(KernelTiersTest.multiply(b, tier, weights, x, rows), 16 * rows))
                    .as("%s, bytes %x, scales %x and %x", type, filler, scale, minimum)
                    .isEqualTo(Buffers.bits(KernelTiersTest.multiply(b, scalar, weights, x, rows), 16 * rows));
        }
    }

    private static void setScales(ElementType type, MemorySegment to, long at, short scale, short minimum) {
        if (type == ElementType.Q4_K) {
            to.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, scale);
            to.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2, minimum);
        } else {
            to.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 208, scale);
        }
    }

    /** The formulas of docs/numerics.md, in decimal numbers without limits, rounded where they round. */
    @Test
    void scalarIsTheFormula() {
        for (ElementType type : TYPES) {
            for (int seed = 0; seed < 5; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                int k = 512;
                int outputs = 17;
                try (Buffers b = new Buffers();
                        Arena arena = Arena.ofConfined()) {
                    MemorySegment source = arena.allocate(type.bytes((long) outputs * k));
                    for (long at = 0; at < source.byteSize(); at++) {
                        source.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
                    }
                    for (long at = 0; at < source.byteSize(); at += type.blockBytes()) {
                        // Odd fractions, so that products use all the bits that they can have.
                        setScales(type, source, at, (short) 0x2BFF, (short) 0x26AB);
                    }
                    PackedMatrix weights = KernelTiersTest.pack(b, type, source, outputs, k);
                    // Whole numbers with 127 among each 32 are their own quantised values, with the scale 1.
                    int[] q = new int[k];
                    long x = b.bytes(4L * k);
                    for (int i = 0; i < k; i++) {
                        q[i] = i % 32 == 5 ? 127 : random.nextInt(-127, 128);
                        Buffers.set(x, i, q[i]);
                    }
                    long out = KernelTiersTest.multiply(b, scalar, weights, x, 1);
                    for (int o = 0; o < outputs; o++) {
                        MemorySegment row = source.asSlice(o * type.bytes(k), type.bytes(k));
                        assertThat(Buffers.get(out, o))
                                .as("seed %d: %s output %d", seed, type, o)
                                .isEqualTo(type == ElementType.Q4_K ? dotQ4K(row, q) : dotQ6K(row, q));
                    }
                }
            }
        }
    }

    /** Written from the format's description, on the file's bytes: neither the packing nor the kernels are used. */
    private static float dotQ4K(MemorySegment row, int[] q) {
        float acc = 0;
        for (int b = 0; b < q.length / 32; b++) {
            int at = b / 8 * 144;
            int s = b % 8;
            int idot = 0;
            int sum = 0;
            for (int l = 0; l < 32; l++) {
                int pair = unsigned(row, at + 16 + s / 2 * 32 + l);
                idot += (s % 2 == 0 ? pair & 15 : pair >> 4) * q[32 * b + l];
                sum += q[32 * b + l];
            }
            int scale = s < 4
                    ? unsigned(row, at + 4 + s) & 63
                    : unsigned(row, at + 8 + s) & 15 | unsigned(row, at + s) >> 6 << 4;
            int minimum = s < 4
                    ? unsigned(row, at + 8 + s) & 63
                    : unsigned(row, at + 8 + s) >> 4 | unsigned(row, at + 4 + s) >> 6 << 4;
            acc = fma(idot, half(row, at) * scale, acc);
            acc = fma(half(row, at + 2) * minimum, -sum, acc);
        }
        return acc;
    }

    private static float dotQ6K(MemorySegment row, int[] q) {
        float acc = 0;
        for (int b = 0; b < q.length / 32; b++) {
            int at = b / 8 * 210;
            int n = b % 8 / 4;
            int quarter = b % 4;
            for (int half = 0; half < 2; half++) {
                int idot = 0;
                for (int l = 16 * half; l < 16 * half + 16; l++) {
                    int lower = unsigned(row, at + 64 * n + quarter % 2 * 32 + l) >> quarter / 2 * 4 & 15;
                    int upper = unsigned(row, at + 128 + 32 * n + l) >> 2 * quarter & 3;
                    idot += ((lower | upper << 4) - 32) * q[32 * b + l];
                }
                int number = (byte) unsigned(row, at + 192 + 8 * n + 2 * quarter + half);
                acc = fma(idot, half(row, at + 208) * number, acc);
            }
        }
        return acc;
    }

    private static int unsigned(MemorySegment row, int at) {
        return row.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    private static float half(MemorySegment row, int at) {
        return Float.float16ToFloat(row.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
    }

    private static float fma(double a, double b, float c) {
        return new BigDecimal(a)
                .multiply(new BigDecimal(b), MathContext.UNLIMITED)
                .add(new BigDecimal(c), MathContext.UNLIMITED)
                .floatValue();
    }
}
