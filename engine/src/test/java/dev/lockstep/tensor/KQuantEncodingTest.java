package dev.lockstep.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.Golden;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Q4_K and Q6_K in files. */
class KQuantEncodingTest {
    private static final int SIZE = 256;
    private static final ElementType[] TYPES = {ElementType.Q4_K, ElementType.Q6_K};

    static IntStream seeds() {
        Integer only = Integer.getInteger("lockstep.seed");
        return only == null ? IntStream.range(0, 20) : IntStream.of(only);
    }

    /** d = 1, m = 2, scales 1, 2, 3, 4 and 17, 34, 51, 63, minimums 5, 6, 7, 8 and 16, 33, 50, 62. */
    @Test
    void aBlockOfQ4KIsReadAsTheFormatSays() {
        byte[] block = new byte[144];
        String head = "003c" + "0040" + "4182c3c4" + "4586c7c8" + "011223ef";
        byte[] start = HexFormat.of().parseHex(head);
        System.arraycopy(start, 0, block, 0, start.length);
        for (int i = 0; i < 128; i++) {
            block[16 + i] = (byte) (i % 16 | (15 - i % 16) << 4);
        }
        float[] weights = decode(ElementType.Q4_K, block, SIZE);
        int[] scales = {1, 2, 3, 4, 17, 34, 51, 63};
        int[] minimums = {5, 6, 7, 8, 16, 33, 50, 62};
        for (int i = 0; i < SIZE; i++) {
            int code = i / 32 % 2 == 0 ? i % 16 : 15 - i % 16;
            assertThat(weights[i]).as("weight %d", i).isEqualTo(scales[i / 32] * code - 2 * minimums[i / 32]);
        }
    }

    @Test
    void aBlockOfQ6KIsReadAsTheFormatSays() {
        byte[] block = new byte[210];
        int[] codes = new int[SIZE];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < SIZE; i++) {
            codes[i] = random.nextInt(64);
            int half = i / 128;
            int quarter = i % 128 / 32;
            block[64 * half + 32 * (quarter % 2) + i % 32] |= (byte) ((codes[i] & 15) << quarter / 2 * 4);
            block[128 + 32 * half + i % 32] |= (byte) (codes[i] >> 4 << 2 * quarter);
        }
        for (int n = 0; n < 16; n++) {
            block[192 + n] = (byte) (17 * n - 128);
        }
        block[209] = 0x38;
        float[] weights = decode(ElementType.Q6_K, block, SIZE);
        for (int i = 0; i < SIZE; i++) {
            assertThat(weights[i]).as("weight %d", i).isEqualTo(0.5f * (17 * (i / 16) - 128) * (codes[i] - 32));
        }
    }

    /** The golden models of all types are the F32 one, encoded by the reference implementation. */
    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q6_K"})
    void theErrorIsNotAboveTheReferenceImplementations(ElementType type) throws IOException {
        String golden = "models/type-" + type.name().toLowerCase(Locale.ROOT) + ".gguf";
        double ours = 0;
        double theirs = 0;
        try (GgufFile floats = GgufFile.open(Golden.path("models/type-f32.gguf"));
                GgufFile encoded = GgufFile.open(Golden.path(golden))) {
            int matrices = 0;
            for (GgufTensor tensor : encoded.tensors()) {
                if (tensor.type() != type) {
                    continue;
                }
                float[] weights = floats.data(floats.tensor(tensor.name()).orElseThrow())
                        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                byte[] reference = encoded.data(tensor).toArray(ValueLayout.JAVA_BYTE);
                ours += squaredError(weights, decode(type, encode(type, weights), weights.length));
                theirs += squaredError(weights, decode(type, reference, weights.length));
                matrices++;
            }
            assertThat(matrices).isGreaterThanOrEqualTo(16);
        }
        System.out.printf("%s: RMS error %.4f of the reference implementation's%n", type, Math.sqrt(ours / theirs));
        assertThat(ours).isLessThanOrEqualTo(theirs);
    }

    /**
     * No weight is further off than one and a half steps of its part's range, and what the rounding of scale and
     * minimum to multiples of the block's adds.
     */
    @ParameterizedTest
    @MethodSource("seeds")
    void weightsAreAsNearAsTheirStepsAllow(int seed) {
        for (ElementType type : TYPES) {
            int part = type == ElementType.Q4_K ? 32 : 16;
            float[] weights = weights(seed, 16 * SIZE);
            float[] decoded = decode(type, encode(type, weights), weights.length);
            for (int i = 0; i < weights.length; i++) {
                int from = i / part * part;
                double step = step(type, weights, from, part);
                double unit = 0;
                for (int p = i / SIZE * SIZE; p < (i / SIZE + 1) * SIZE; p += part) {
                    unit = Math.max(unit, unit(type, weights, p, part));
                }
                assertThat(Math.abs((double) weights[i] - decoded[i]))
                        .as("seed %d: %s, weight %d", seed, type, i)
                        .isLessThanOrEqualTo(1.5 * step + unit + 0x1p-20);
            }
        }
    }

    /** The distance of two codes of a part. */
    private static double step(ElementType type, float[] weights, int from, int count) {
        double low = 0;
        double high = 0;
        for (int i = from; i < from + count; i++) {
            low = Math.min(low, weights[i]);
            high = Math.max(high, weights[i]);
        }
        return type == ElementType.Q4_K ? (high - low) / 15 : Math.max(high, -low) / 32;
    }

    /** How far the rounding of a part's scale (and minimum) can move a weight, if that part has the block's largest. */
    private static double unit(ElementType type, float[] weights, int from, int count) {
        double step = step(type, weights, from, count);
        return type == ElementType.Q4_K ? 1.5 * 15 * step / 63 + 1.5 * 15 * step / 63 : 1.5 * 32 * step / 128;
    }

    /** On average the error is that of evenly spread rounding to 16 or 64 steps, or less. */
    @ParameterizedTest
    @MethodSource("seeds")
    void theErrorOfNormalWeightsIsSmall(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] weights = new float[64 * SIZE];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        for (ElementType type : TYPES) {
            float[] decoded = decode(type, encode(type, weights), weights.length);
            double rms = Math.sqrt(squaredError(weights, decoded) / weights.length);
            assertThat(rms)
                    .as("seed %d: %s", seed, type)
                    .isBetween(type == ElementType.Q4_K ? 0.06 : 0.01, type == ElementType.Q4_K ? 0.08 : 0.02);
        }
    }

    /** What a block can hold exactly comes back exactly, or very nearly. */
    @Test
    void wholeStepsAreKept() {
        float[] weights = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            weights[i] = i % 16 - 5;
        }
        assertThat(decode(ElementType.Q4_K, encode(ElementType.Q4_K, weights), SIZE))
                .usingComparatorWithPrecision(0.01f)
                .containsExactly(weights);
        for (int i = 0; i < SIZE; i++) {
            weights[i] = i * 7 % 16 * 4 - 32;
        }
        assertThat(decode(ElementType.Q6_K, encode(ElementType.Q6_K, weights), SIZE))
                .usingComparatorWithPrecision(0.02f)
                .containsExactly(weights);
    }

    /** As nearly as scales allow that an F16 holds as subnormal numbers, multiples of 2⁻²⁴. */
    @Test
    void blocksOfOneValueKeepIt() {
        for (ElementType type : TYPES) {
            double rounding = 0x1p-25 * (type == ElementType.Q4_K ? 63 * 15 : 128 * 32);
            for (float value : new float[] {0, -0f, 1, -1, 0.003f, -0.003f, 1e4f, -1e4f}) {
                float[] weights = new float[SIZE];
                Arrays.fill(weights, value);
                for (float decoded : decode(type, encode(type, weights), SIZE)) {
                    assertThat((double) Math.abs(decoded - value))
                            .as("%s of %s", type, value)
                            .isLessThanOrEqualTo(2e-3 * Math.abs(value) + 1.1 * rounding);
                }
            }
            for (float tiny : new float[] {Float.MIN_VALUE, -Float.MIN_VALUE, 0x1p-127f, -0x1p-60f}) {
                float[] weights = new float[SIZE];
                Arrays.fill(weights, tiny);
                for (float decoded : decode(type, encode(type, weights), SIZE)) {
                    assertThat(Math.abs(decoded)).as("%s of %s", type, tiny).isZero();
                }
            }
        }
    }

    /** Scales that an F16 holds only as a subnormal number, or as 0: parts may differ a million times in size. */
    @Test
    void smallAndMixedScalesStayFinite() {
        for (ElementType type : TYPES) {
            for (double size = 1e-12; size < 1e6; size *= 7) {
                SplittableRandom random = new SplittableRandom(5);
                float[] weights = new float[SIZE];
                double largest = 0;
                for (int i = 0; i < SIZE; i++) {
                    weights[i] = (float) (size * (i / 32 % 2 == 0 ? 1 : 1e-6) * (random.nextDouble() * 2 - 1));
                    largest = Math.max(largest, Math.abs(weights[i]));
                }
                float[] decoded = decode(type, encode(type, weights), SIZE);
                for (int i = 0; i < SIZE; i++) {
                    assertThat((double) Math.abs(decoded[i] - weights[i]))
                            .as("%s of size %s, weight %d", type, size, i)
                            .isLessThanOrEqualTo(largest / 10 + 32 * 128 * 0x1p-25);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void equalWeightsHaveEqualBytes(int seed) {
        for (ElementType type : TYPES) {
            float[] weights = weights(seed, 2 * SIZE);
            byte[] together = encode(type, weights);
            assertThat(encode(type, weights)).isEqualTo(together);
            byte[] second = encode(type, Arrays.copyOfRange(weights, SIZE, 2 * SIZE));
            assertThat(Arrays.copyOfRange(together, type.blockBytes(), 2 * type.blockBytes()))
                    .as("seed %d: %s, a block does not depend on its neighbour", seed, type)
                    .isEqualTo(second);
        }
    }

    /** Any bytes are weights; packed, they are the same ones. */
    @ParameterizedTest
    @MethodSource("seeds")
    void randomBytesArePackedAsTheyDecode(int seed) {
        for (ElementType type : TYPES) {
            int outputs = 1 + seed * 3 % 40;
            int k = SIZE * (1 + seed % 3);
            byte[] bytes = new byte[(int) type.bytes((long) outputs * k)];
            new SplittableRandom(seed).nextBytes(bytes);
            for (int at = 0; at < bytes.length; at += type.blockBytes()) {
                // No exponent of all ones: finite scales.
                for (int scale : type == ElementType.Q4_K ? new int[] {1, 3} : new int[] {209}) {
                    bytes[at + scale] &= (byte) 0xBF;
                }
            }
            float[] decoded = decode(type, bytes, outputs * k);
            try (Region region = Region.allocate("test", PackedMatrix.packedBytes(type, outputs, k));
                    Region row = Region.allocate("test", 4L * k)) {
                PackedMatrix matrix = new PackedMatrix(type, outputs, k, region.address());
                assertThat(matrix.pack(MemorySegment.ofArray(bytes), 0, matrix.panels()))
                        .isTrue();
                for (int o = 0; o < outputs; o++) {
                    matrix.row(o, row.address());
                    assertThat(row.segment().asSlice(0, 4L * k).toArray(ValueLayout.JAVA_FLOAT))
                            .as("seed %d: %s, output %d", seed, type, o)
                            .isEqualTo(Arrays.copyOfRange(decoded, o * k, (o + 1) * k));
                }
            }
        }
    }

    @Test
    void scalesThatAreNotFiniteAreReported() {
        for (ElementType type : TYPES) {
            for (int scale : type == ElementType.Q4_K ? new int[] {0, 2} : new int[] {208}) {
                for (int bits : new int[] {0x7C00, 0xFC00, 0x7E00}) {
                    byte[] bytes = new byte[2 * type.blockBytes()];
                    bytes[type.blockBytes() + scale] = (byte) bits;
                    bytes[type.blockBytes() + scale + 1] = (byte) (bits >> 8);
                    try (Region region = Region.allocate("test", PackedMatrix.packedBytes(type, 1, 2 * SIZE))) {
                        PackedMatrix matrix = new PackedMatrix(type, 1, 2 * SIZE, region.address());
                        assertThat(matrix.pack(MemorySegment.ofArray(bytes), 0, 1))
                                .as("%s, byte %d of the second block, %x", type, scale, bits)
                                .isFalse();
                    }
                }
            }
        }
    }

    @Test
    void rowsThatAreNotWholeBlocksAreRefused() {
        for (ElementType type : TYPES) {
            assertThatThrownBy(() -> PackedMatrix.packedBytes(type, 16, 288))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("k = 288 for type " + type + ", whose blocks hold 256");
        }
    }

    private static double squaredError(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return sum;
    }

    /** Normal, even, lopsided and sparse parts whose size differs from block to block. */
    private static float[] weights(int seed, int n) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] weights = new float[n];
        double size = 1;
        int kind = 0;
        for (int i = 0; i < n; i++) {
            if (i % SIZE == 0) {
                size = Math.pow(10, 4 * random.nextDouble() - 2);
            }
            if (i % 16 == 0) {
                kind = random.nextInt(4);
            }
            double x = switch (kind) {
                case 0 -> random.nextGaussian();
                case 1 -> random.nextDouble() * 2 - 1;
                case 2 -> -random.nextDouble();
                default -> random.nextInt(8) == 0 ? 3 * random.nextGaussian() : 0;
            };
            weights[i] = (float) (size * x);
        }
        return weights;
    }

    private static byte[] encode(ElementType type, float[] weights) {
        byte[] bytes = new byte[(int) type.bytes(weights.length)];
        Encoding.encode(type, weights, weights.length, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    private static float[] decode(ElementType type, byte[] bytes, int n) {
        float[] weights = new float[n];
        Encoding.decode(type, MemorySegment.ofArray(bytes), 0, weights, n);
        return weights;
    }
}
