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
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EncodingTest {
    private static final int BLOCK = 32;
    private static final int SUPER_BLOCK = 256;

    /** The golden models of all types are the F32 one, encoded by the reference implementation. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0"})
    void theBytesAreThoseOfTheReferenceImplementation(ElementType type) throws IOException {
        String golden = "models/type-" + type.name().toLowerCase(Locale.ROOT) + ".gguf";
        try (GgufFile floats = GgufFile.open(Golden.path("models/type-f32.gguf"));
                GgufFile encoded = GgufFile.open(Golden.path(golden))) {
            int matrices = 0;
            for (GgufTensor tensor : encoded.tensors()) {
                if (tensor.type() != type) {
                    continue;
                }
                float[] weights = floats.data(floats.tensor(tensor.name()).orElseThrow())
                        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                assertThat(encode(type, weights))
                        .as(tensor.name())
                        .isEqualTo(encoded.data(tensor).toArray(ValueLayout.JAVA_BYTE));
                matrices++;
            }
            assertThat(matrices).isGreaterThanOrEqualTo(16);
        }
    }

    @Test
    void aBlockOfQ8IsAScaleAndThirtyTwoCodes() {
        float[] weights = new float[BLOCK];
        weights[0] = 0.5f;
        weights[1] = -254;
        weights[2] = 3;
        weights[31] = 126;
        // d = 254 / 127 = 2, which is 4000 as an F16; the codes are 0.25, −127, 1.5 (a half, so 2) and 63.
        assertThat(hex(ElementType.Q8_0, weights)).isEqualTo("0040" + "008102" + "00".repeat(28) + "3f");
        float[] decoded = decode(ElementType.Q8_0, encode(ElementType.Q8_0, weights), BLOCK);
        assertThat(Arrays.copyOf(decoded, 4)).containsExactly(0, -254, 4, 0);
        assertThat(decoded[31]).isEqualTo(126);
    }

    @Test
    void aBlockOfQ4PairsItsTwoHalves() {
        float[] weights = new float[BLOCK];
        weights[0] = -4;
        weights[1] = 4;
        weights[15] = 1.25f;
        weights[16] = 0.5f;
        weights[31] = -1.25f;
        // The first of the largest is −4, so d = 0.5, F16 3800; codes: 0, 16 cut to 15, 10.5 + 0.5, then 9 and 5.5 +
        // 0.5
        assertThat(hex(ElementType.Q4_0, weights)).isEqualTo("0038" + "908f" + "88".repeat(13) + "6b");
        float[] decoded = decode(ElementType.Q4_0, encode(ElementType.Q4_0, weights), BLOCK);
        assertThat(Arrays.copyOf(decoded, 3)).containsExactly(-4, 3.5f, 0);
        assertThat(new float[] {decoded[15], decoded[16], decoded[31]}).containsExactly(1.5f, 0.5f, -1);
        // With 4 in front the scale is negative and −4 is the one that is cut.
        weights[0] = 4;
        weights[1] = -4;
        assertThat(hex(ElementType.Q4_0, weights)).startsWith("00b8" + "708f");
    }

    @Test
    void q8RoundsHalvesAwayFromZeroAndNothingElse() {
        float[] weights = new float[BLOCK];
        weights[0] = 127;
        int i = 1;
        for (float half : new float[] {0.5f, 1.5f, 2.5f, 63.5f, 126.5f}) {
            weights[i++] = half;
            weights[i++] = -half;
            weights[i++] = Math.nextDown(half);
            weights[i++] = -Math.nextDown(half);
            weights[i++] = Math.nextUp(half);
        }
        byte[] codes = Arrays.copyOfRange(encode(ElementType.Q8_0, weights), 2, 28);
        assertThat(codes)
                .containsExactly(
                        127, 1, -1, 0, 0, 1, 2, -2, 1, -1, 2, 3, -3, 2, -2, 3, 64, -64, 63, -63, 64, 127, -127, 126,
                        -126, 127);
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyHalfDecodesByItsFieldsAndEncodesBack(ElementType type) {
        int fraction = type == ElementType.F16 ? 10 : 7;
        int bias = type == ElementType.F16 ? 15 : 127;
        for (int bits = 0; bits < 1 << 16; bits++) {
            int exponent = (bits & 0x7FFF) >> fraction;
            if (exponent == 2 * bias + 1) {
                continue;
            }
            int mantissa = (bits & (1 << fraction) - 1) | (exponent == 0 ? 0 : 1 << fraction);
            double value = Math.scalb((double) mantissa, Math.max(exponent, 1) - bias - fraction);
            byte[] encoded = {(byte) bits, (byte) (bits >> 8)};
            float[] decoded = decode(type, encoded, 1);
            assertThat(decoded[0]).as("bits %04x", bits).isEqualTo((float) (bits < 1 << 15 ? value : -value));
            assertThat(encode(type, decoded)).as("bits %04x", bits).isEqualTo(encoded);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void halvesRoundToNearestAndTiesToEven(ElementType type) {
        int top = type == ElementType.F16 ? 0x7BFF : 0x7F7F;
        for (int bits = 0; bits < top; bits++) {
            float low = decode(type, new byte[] {(byte) bits, (byte) (bits >> 8)}, 1)[0];
            float high = decode(type, new byte[] {(byte) (bits + 1), (byte) (bits + 1 >> 8)}, 1)[0];
            float middle = low + (high - low) / 2;
            float even = bits % 2 == 0 ? low : high;
            float[] weights = {middle, -middle, Math.nextDown(middle), Math.nextUp(middle)};
            assertThat(decode(type, encode(type, weights), 4))
                    .as("around %s", middle)
                    .containsExactly(even, -even, low, high);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatWasDecodedEncodesToTheSameBytes(long seed) {
        for (ElementType type : new ElementType[] {
            ElementType.F32, ElementType.F16, ElementType.BF16, ElementType.Q8_0, ElementType.Q4_0
        }) {
            float[] weights = weights(seed, 64 * BLOCK);
            byte[] once = encode(type, weights);
            assertThat(encode(type, decode(type, once, weights.length)))
                    .as("%s, seed %d", type, seed)
                    .isEqualTo(once);
        }
    }

    /** Half a step of the codes, a whole one where Q4_0's are cut at 15, and the rounding of the scale. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void quantisedWeightsAreAsNearAsTheirStepAllows(long seed) {
        for (ElementType type : new ElementType[] {ElementType.Q8_0, ElementType.Q4_0}) {
            int codes = type == ElementType.Q8_0 ? 127 : 8;
            double steps = type == ElementType.Q8_0 ? 0.5 : 1;
            float[] weights = weights(seed, 64 * BLOCK);
            float[] decoded = decode(type, encode(type, weights), weights.length);
            for (int i = 0; i < weights.length; i++) {
                double largest = 0;
                for (int k = i / BLOCK * BLOCK; k < i / BLOCK * BLOCK + BLOCK; k++) {
                    largest = Math.max(largest, Math.abs(weights[k]));
                }
                double scale = largest / codes;
                double scaleError = Math.max(scale * 0x1p-11, 0x1p-25);
                double bound = scale * (steps + 1e-4) + codes * scaleError;
                assertThat(Math.abs((double) weights[i] - decoded[i]))
                        .as("%s, seed %d, weight %d", type, seed, i)
                        .isLessThanOrEqualTo(bound);
            }
        }
    }

    @Test
    void zerosAndTheSmallestNumbersBecomeZeros() {
        for (float tiny : new float[] {0, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, 0x1p-127f, -0x1p-60f}) {
            float[] weights = new float[BLOCK];
            Arrays.fill(weights, tiny);
            assertThat(encode(ElementType.Q8_0, weights)).as("%s", tiny).startsWith(0, 0);
            for (ElementType type : new ElementType[] {ElementType.Q8_0, ElementType.Q4_0}) {
                for (float decoded : decode(type, encode(type, weights), BLOCK)) {
                    assertThat(Math.abs(decoded)).as("%s as %s", tiny, type).isZero();
                }
            }
        }
        // What the reference implementation writes for zeros: a scale of −0 in Q4_0, since 0 / −8 is −0.
        assertThat(hex(ElementType.Q8_0, new float[BLOCK])).isEqualTo("0000" + "00".repeat(32));
        assertThat(hex(ElementType.Q4_0, new float[BLOCK])).isEqualTo("0080" + "88".repeat(16));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void theLargestIsTakenAndStaysFinite(ElementType type) {
        float[] weights = new float[SUPER_BLOCK];
        weights[40] = Encoding.largest(type);
        weights[7] = -Encoding.largest(type);
        assertThat(Encoding.firstRefused(type, weights, weights.length)).isEqualTo(-1);
        float[] decoded = decode(type, encode(type, weights), weights.length);
        for (int i : new int[] {7, 40}) {
            assertThat((double) Math.abs(decoded[i] / weights[i])).isBetween(0.87, 1.01);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void whatIsNotFiniteOrTooLargeIsRefused(ElementType type) {
        float above = Math.nextUp(Encoding.largest(type));
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, above, -above}) {
            float[] weights = new float[SUPER_BLOCK];
            weights[40] = bad;
            weights[50] = Float.NaN;
            assertThat(Encoding.firstRefused(type, weights, weights.length)).isEqualTo(40);
            assertThat(Encoding.firstRefused(type, weights, 40)).isEqualTo(-1);
            MemorySegment to = MemorySegment.ofArray(new byte[4 * weights.length]);
            assertThatThrownBy(() -> Encoding.encode(type, weights, weights.length, to, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("weight 40 is " + bad + ", the limit of " + type + " is ±" + Encoding.largest(type));
            assertThat(to.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        }
    }

    /** One step beyond the limit would be infinite: the limit is not too low. */
    @Test
    void theLimitsAreTheLargestPossible() {
        assertThat(Float.floatToFloat16(Math.nextUp(Encoding.largest(ElementType.F16))))
                .isEqualTo((short) 0x7C00);
        assertThat(Float.floatToFloat16(Math.nextUp(Encoding.largest(ElementType.Q8_0)) / 127))
                .isEqualTo((short) 0x7C00);
        assertThat(Float.floatToFloat16(Math.nextUp(Encoding.largest(ElementType.Q4_0)) / 8))
                .isEqualTo((short) 0x7C00);
        int next = Float.floatToRawIntBits(Math.nextUp(Encoding.largest(ElementType.BF16)));
        assertThat(next).as("halfway to the first infinite pattern").isEqualTo(0x7F7F8000);
    }

    @Test
    void onlyTheNamedBytesAreTouched() {
        for (ElementType type : supported()) {
            int n = type.blockSize() > BLOCK ? type.blockSize() : BLOCK;
            float[] weights = weights(7, n);
            byte[] memory = new byte[400];
            Arrays.fill(memory, (byte) 0x55);
            Encoding.encode(type, weights, n, MemorySegment.ofArray(memory), 61);
            int end = 61 + (int) type.bytes(n);
            assertThat(Arrays.copyOfRange(memory, 61, end)).isEqualTo(encode(type, weights));
            assertThat(Arrays.copyOf(memory, 61)).containsOnly(0x55);
            assertThat(Arrays.copyOfRange(memory, end, 400)).containsOnly(0x55);
            float[] to = new float[n + 1];
            to[n] = 42;
            Encoding.decode(type, MemorySegment.ofArray(memory), 61, to, n);
            assertThat(Arrays.copyOf(to, n)).isEqualTo(decode(type, encode(type, weights), n));
            assertThat(to[n]).isEqualTo(42);
        }
    }

    @Test
    void packedMatricesHoldTheSameWeights() {
        int outputs = 19;
        for (ElementType type : supported()) {
            int k = type.blockSize() > BLOCK ? 2 * type.blockSize() : 3 * BLOCK;
            byte[] encoded = encode(type, weights(11, outputs * k));
            float[] decoded = decode(type, encoded, outputs * k);
            try (Region region = Region.allocate("test", PackedMatrix.packedBytes(type, outputs, k));
                    Region row = Region.allocate("test", 4L * k)) {
                PackedMatrix matrix = new PackedMatrix(type, outputs, k, region.address());
                matrix.pack(MemorySegment.ofArray(encoded), 0, matrix.panels());
                for (int o = 0; o < outputs; o++) {
                    matrix.row(o, row.address());
                    assertThat(row.segment().asSlice(0, 4L * k).toArray(ValueLayout.JAVA_FLOAT))
                            .as("%s, output %d", type, o)
                            .isEqualTo(Arrays.copyOfRange(decoded, o * k, (o + 1) * k));
                }
            }
        }
    }

    @Test
    void badArgumentsAreRefused() {
        MemorySegment memory = MemorySegment.ofArray(new byte[100]);
        float[] floats = new float[64];
        assertThat(Encoding.supports(ElementType.Q5_K)).isFalse();
        assertThatThrownBy(() -> Encoding.encode(ElementType.Q5_K, floats, 0, memory, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "weights of type Q5_K are not supported; supported: F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K");
        assertThatThrownBy(() -> Encoding.decode(ElementType.I8, memory, 0, floats, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("I8");
        assertThatThrownBy(() -> Encoding.largest(ElementType.Q8_1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Q8_1");
        assertThatThrownBy(() -> Encoding.decode(ElementType.Q8_0, memory, 0, floats, 33))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("33");
        assertThatThrownBy(() -> Encoding.decode(ElementType.F32, memory, 0, floats, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> Encoding.decode(ElementType.F16, memory, 99, floats, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 weights of type F16 between an array of 64 and byte 99 of 100");
        assertThatThrownBy(() -> Encoding.decode(ElementType.F16, memory, -1, floats, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("byte -1");
        assertThatThrownBy(() -> Encoding.encode(ElementType.Q4_0, floats, 96, memory, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("96 weights");
    }

    private static ElementType[] supported() {
        return Arrays.stream(ElementType.values()).filter(Encoding::supports).toArray(ElementType[]::new);
    }

    /** Blocks of normal weights whose size differs from block to block, by up to six orders of magnitude. */
    private static float[] weights(long seed, int n) {
        Random random = new Random(seed);
        float[] weights = new float[n];
        double size = 1;
        for (int i = 0; i < n; i++) {
            if (i % BLOCK == 0) {
                size = Math.pow(10, 6 * random.nextDouble() - 3);
            }
            weights[i] = (float) (size * random.nextGaussian());
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

    private static String hex(ElementType type, float[] weights) {
        return HexFormat.of().formatHex(encode(type, weights));
    }
}
