package dev.lockstep.kernel;

import static dev.lockstep.tensor.Memory.ALL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every tier against the scalar tier, bit for bit, and the scalar tier against sums in double. A failure names its seed;
 * {@code -Dlockstep.seed=N} replays it alone.
 */
class KernelTiersTest {
    private static final int[] SIZES = {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 255, 256, 1023, 4098};
    private static final List<ElementType> TYPES = List.of(
            ElementType.F32,
            ElementType.F16,
            ElementType.BF16,
            ElementType.Q8_0,
            ElementType.Q4_0,
            ElementType.Q4_K,
            ElementType.Q6_K);

    private final Kernels scalar = KernelTier.SCALAR.choose().kernels();
    private final Buffers buffers = new Buffers();

    @AfterEach
    void release() {
        buffers.close();
    }

    static Stream<Kernels> tiers() {
        Stream<Kernels> chosen = Stream.of(KernelTier.VECTOR, KernelTier.NATIVE)
                .map(tier -> tier.choose().kernels());
        boolean x86 = System.getProperty("os.arch").equals("amd64");
        // A processor with AVX-512 has AVX2 as well, and its kernels are other code.
        return x86 ? Stream.concat(chosen, Stream.of(new NativeKernels(NativeLibrary.AVX2))) : chosen;
    }

    static Stream<Kernels> allTiers() {
        return Stream.concat(Stream.of(KernelTier.SCALAR.choose().kernels()), tiers());
    }

    private static IntStream seeds(int count) {
        Integer only = Integer.getInteger("lockstep.seed");
        return only == null ? IntStream.range(0, count) : IntStream.of(only);
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void matmul(Kernels tier) {
        seeds(7 * 24).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            ElementType type = TYPES.get(seed % TYPES.size());
            int outputs = SIZES[random.nextInt(SIZES.length - 1)];
            int k = type.blockSize() * SIZES[random.nextInt(type.blockSize() == 1 ? SIZES.length : 9)];
            // Now and then more rows than are taken at a time.
            boolean many = seed % 4 == 0 && (long) outputs * k < 100_000;
            int rows = many ? random.nextInt(90, 300) : random.nextInt(1, 20);
            float scale = seed % 3 == 0 ? 1e-20f : 3f;
            try (Buffers b = new Buffers()) {
                PackedMatrix weights = randomMatrix(b, random, type, outputs, k);
                long x = b.random(random, rows * k, scale);
                extremes(random, x, rows * k, scale);
                long expected = multiply(b, scalar, weights, x, rows);
                long actual = multiply(b, tier, weights, x, rows);
                int n = rows * weights.panels() * PackedMatrix.PANEL;
                assertThat(Buffers.bits(actual, n))
                        .as("seed %d: %s %d × %d, %d rows", seed, type, outputs, k, rows)
                        .isEqualTo(Buffers.bits(expected, n));
            }
        });
    }

    /** A row that is quantised in parts, in any order, has the bytes of one that is quantised at once. */
    @ParameterizedTest
    @MethodSource("allTiers")
    void quantiseInParts(Kernels tier) {
        seeds(60).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int blocks = SIZES[random.nextInt(13)];
            int k = PackedMatrix.BLOCK * blocks;
            try (Buffers b = new Buffers()) {
                long x = b.random(random, k, 3f);
                extremes(random, x, k, 3f);
                int bytes = Math.toIntExact(tier.quantisedRowBytes(k));
                long whole = b.bytes(bytes);
                long parts = b.bytes(bytes);
                tier.quantise(x, k, whole);
                int middle = PackedMatrix.BLOCK * random.nextInt(blocks + 1);
                int first = middle / PackedMatrix.BLOCK / 2 * PackedMatrix.BLOCK;
                tier.quantise(x, k, middle, k, parts);
                tier.quantise(x, k, 0, first, parts);
                tier.quantise(x, k, first, middle, parts);
                assertThat(Buffers.bits(parts, bytes / 4))
                        .as("seed %d: %d in parts from 0, %d and %d", seed, k, first, middle)
                        .isEqualTo(Buffers.bits(whole, bytes / 4));
            }
        });
    }

    /** Blocks whose values are all at the ends of their ranges: −128 · −127 and the like, in every lane. */
    @ParameterizedTest
    @MethodSource("tiers")
    void matmulOfExtremeBlocks(Kernels tier) {
        for (ElementType type : List.of(ElementType.Q8_0, ElementType.Q4_0)) {
            for (int filler : new int[] {0x80, 0x7F, 0xFF, 0x00, 0x08, 0x0F, 0xF0}) {
                for (float sign : new float[] {1, -1}) {
                    int k = 96;
                    try (Buffers b = new Buffers();
                            Arena arena = Arena.ofConfined()) {
                        MemorySegment source = arena.allocate(type.bytes(16L * k));
                        source.fill((byte) filler);
                        for (long at = 0; at < source.byteSize(); at += type.blockBytes()) {
                            source.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(1.5f));
                        }
                        PackedMatrix weights = pack(b, type, source, 16, k);
                        long x = b.bytes(4L * 5 * k);
                        for (int i = 0; i < 5 * k; i++) {
                            Buffers.set(x, i, sign * (i % 3 == 0 ? -1 : 1) * 127);
                        }
                        assertThat(Buffers.bits(multiply(b, tier, weights, x, 5), 80))
                                .as("%s, bytes %x, sign %s", type, filler, sign)
                                .isEqualTo(Buffers.bits(multiply(b, scalar, weights, x, 5), 80));
                    }
                }
            }
        }
    }

    @Test
    void scalarMatmulAgainstDouble() {
        seeds(7 * 8).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            ElementType type = TYPES.get(seed % TYPES.size());
            int outputs = random.nextInt(1, 40);
            int k = Math.max(32, type.blockSize()) * random.nextInt(1, 20);
            try (Buffers b = new Buffers()) {
                PackedMatrix weights = randomMatrix(b, random, type, outputs, k);
                long x = b.random(random, k, 1);
                long out = multiply(b, scalar, weights, x, 1);
                long row = b.bytes(4L * k);
                for (int o = 0; o < outputs; o++) {
                    weights.row(o, row);
                    double exact = 0;
                    double magnitude = 0;
                    for (int i = 0; i < k; i++) {
                        exact += (double) Buffers.get(row, i) * Buffers.get(x, i);
                        magnitude += Math.abs(Buffers.get(row, i));
                    }
                    // Quantising the activations moves each by at most half a step of amax ÷ 127, and amax ≤ 1.
                    double tolerance = weights.quantised() ? magnitude * 0.51 / 127 : 1e-5 * (1 + magnitude);
                    assertThat((double) Buffers.get(out, o))
                            .as("seed %d: %s output %d, k %d", seed, type, o, k)
                            .isCloseTo(exact, Offset.offset(tolerance));
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void elementwise(Kernels tier) {
        for (int n : SIZES) {
            SplittableRandom random = new SplittableRandom(n);
            try (Buffers b = new Buffers()) {
                long x = b.random(random, n, 30);
                long y = b.random(random, n, 2);
                extremes(random, x, n, 100);

                long e1 = b.bytes(4L * n);
                long a1 = b.bytes(4L * n);
                scalar.rmsNorm(x, y, n, 1e-5f, e1);
                tier.rmsNorm(x, y, n, 1e-5f, a1);
                assertThat(Buffers.bits(a1, n)).as("rmsNorm of %d", n).isEqualTo(Buffers.bits(e1, n));

                long e2 = b.copy(x, n);
                long a2 = b.copy(x, n);
                scalar.add(e2, y, n);
                tier.add(a2, y, n);
                assertThat(Buffers.bits(a2, n)).as("add of %d", n).isEqualTo(Buffers.bits(e2, n));

                long e3 = b.copy(x, n);
                long a3 = b.copy(x, n);
                scalar.swiglu(e3, y, n);
                tier.swiglu(a3, y, n);
                assertThat(Buffers.bits(a3, n)).as("swiglu of %d", n).isEqualTo(Buffers.bits(e3, n));

                for (RopeStyle style : RopeStyle.values()) {
                    long e4 = b.copy(x, n);
                    long a4 = b.copy(x, n);
                    scalar.rope(style, e4, n / 2, y);
                    tier.rope(style, a4, n / 2, y);
                    assertThat(Buffers.bits(a4, n))
                            .as("rope of %d, %s", n, style)
                            .isEqualTo(Buffers.bits(e4, n));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void attention(Kernels tier) {
        seeds(60).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            ElementType type = seed % 2 == 0 ? ElementType.F16 : ElementType.F32;
            int headSize = new int[] {1, 4, 8, 12, 16, 20, 40, 64, 80, 128}[random.nextInt(10)];
            int group = random.nextInt(1, 5);
            int length = SIZES[random.nextInt(15)];
            try (Buffers b = new Buffers()) {
                int pageCount = (length + 15) / 16;
                long offset = 128;
                long headBytes = 2L * 16 * headSize * type.blockBytes();
                long[] expectedPages = new long[pageCount];
                long[] actualPages = new long[pageCount];
                for (int p = 0; p < pageCount; p++) {
                    expectedPages[p] = b.bytes(offset + headBytes);
                    actualPages[p] = b.bytes(offset + headBytes);
                    // What lies beyond the last position must not matter, whatever it is.
                    ALL.asSlice(actualPages[p], offset + headBytes).fill((byte) 0x7F);
                }
                for (int p = 0; p < length; p++) {
                    long key = b.random(random, headSize, 2);
                    long value = b.random(random, headSize, seed % 7 == 0 ? 1e6f : 2);
                    scalar.storeKv(type, key, value, headSize, expectedPages[p / 16] + offset, p % 16);
                    tier.storeKv(type, key, value, headSize, actualPages[p / 16] + offset, p % 16);
                }
                long q = b.random(random, group * headSize, 2);
                long scores = b.bytes(4L * group * (length + 16));
                int n = group * headSize;
                long expected = b.bytes(4L * n);
                long actual = b.bytes(4L * n);
                scalar.attend(type, q, group, headSize, 0.3f, expectedPages, offset, length, scores, expected);
                tier.attend(type, q, group, headSize, 0.3f, actualPages, offset, length, scores, actual);
                assertThat(Buffers.bits(actual, n))
                        .as("seed %d: %s, %d heads of %d, %d positions", seed, type, group, headSize, length)
                        .isEqualTo(Buffers.bits(expected, n));
            }
        });
    }

    @Test
    void scalarAttentionAgainstDouble() {
        int headSize = 24;
        int length = 37;
        SplittableRandom random = new SplittableRandom(5);
        long[] pages = {buffers.bytes(1L << 13), buffers.bytes(1L << 13), buffers.bytes(1L << 13)};
        double[][] keys = new double[length][headSize];
        double[][] values = new double[length][headSize];
        for (int p = 0; p < length; p++) {
            long key = buffers.random(random, headSize, 1);
            long value = buffers.random(random, headSize, 1);
            for (int d = 0; d < headSize; d++) {
                keys[p][d] = Buffers.get(key, d);
                values[p][d] = Buffers.get(value, d);
            }
            scalar.storeKv(ElementType.F32, key, value, headSize, pages[p / 16], p % 16);
        }
        long q = buffers.random(random, headSize, 1);
        long out = buffers.bytes(4L * headSize);
        scalar.attend(ElementType.F32, q, 1, headSize, 0.5f, pages, 0, length, buffers.bytes(4L * 48), out);
        double[] weights = new double[length];
        double sum = 0;
        for (int p = 0; p < length; p++) {
            double dot = 0;
            for (int d = 0; d < headSize; d++) {
                dot += Buffers.get(q, d) * keys[p][d];
            }
            weights[p] = Math.exp(dot * 0.5);
            sum += weights[p];
        }
        for (int d = 0; d < headSize; d++) {
            double exact = 0;
            for (int p = 0; p < length; p++) {
                exact += weights[p] / sum * values[p][d];
            }
            assertThat((double) Buffers.get(out, d)).isCloseTo(exact, Offset.offset(1e-6));
        }
    }

    private static void extremes(SplittableRandom random, long x, int n, float scale) {
        float[] special = {0f, -0f, scale, -scale, Float.MIN_VALUE, -Float.MIN_VALUE, 1e-38f, scale / 254};
        for (int i = 0; i < n / 16; i++) {
            Buffers.set(x, random.nextInt(n), special[random.nextInt(special.length)]);
        }
    }

    static long multiply(Buffers b, Kernels kernels, PackedMatrix weights, long x, int rows) {
        int k = weights.k();
        long in = x;
        long pitch = 4L * k;
        if (weights.quantised()) {
            pitch = kernels.quantisedRowBytes(k);
            in = b.bytes(rows * pitch);
            for (int r = 0; r < rows; r++) {
                kernels.quantise(x + 4L * k * r, k, in + r * pitch);
            }
        }
        long outPitch = 4L * PackedMatrix.PANEL * weights.panels();
        long out = b.bytes(rows * outPitch);
        // Two calls, as two workers would make.
        int middle = weights.panels() / 2;
        kernels.matmul(weights, 0, middle, in, pitch, rows, out, outPitch);
        kernels.matmul(weights, middle, weights.panels(), in, pitch, rows, out, outPitch);
        return out;
    }

    static PackedMatrix randomMatrix(Buffers b, SplittableRandom random, ElementType type, int outputs, int k) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(type.bytes((long) outputs * k));
            for (long at = 0; at < source.byteSize(); at++) {
                source.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
            for (long at = 0; at < source.byteSize(); at += type.blockBytes()) {
                float value = (float) (random.nextDouble() * 4 - 2);
                switch (type) {
                    case F32 -> source.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
                    case BF16 ->
                        source.set(
                                ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) (Float.floatToRawIntBits(value) >> 16));
                    case Q4_K -> {
                        source.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(value / 63));
                        source.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2, Float.floatToFloat16(value / 9));
                    }
                    case Q6_K ->
                        source.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 208, Float.floatToFloat16(value / 127));
                    default -> source.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(value));
                }
            }
            return pack(b, type, source, outputs, k);
        }
    }

    static PackedMatrix pack(Buffers b, ElementType type, MemorySegment source, int outputs, int k) {
        long address = b.bytes(PackedMatrix.packedBytes(type, outputs, k));
        PackedMatrix matrix = new PackedMatrix(type, outputs, k, address);
        assertThat(matrix.pack(source, 0, matrix.panels())).isTrue();
        return matrix;
    }
}
