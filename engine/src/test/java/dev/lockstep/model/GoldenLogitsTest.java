package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.Golden;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Logits against references that nobody here wrote: float64, and llama.cpp's own error. */
class GoldenLogitsTest {
    private static final KernelTier[] TIERS = {KernelTier.SCALAR, KernelTier.VECTOR, KernelTier.NATIVE};

    static Stream<Arguments> families() {
        return everyTier("llama-gqa", "llama-mha-tied", "llama-ropefreqs");
    }

    static Stream<Arguments> types() {
        return everyTier("type-f32", "type-f16", "type-bf16", "type-q8_0", "type-q4_0", "type-q4_k", "type-q6_k");
    }

    private static Stream<Arguments> everyTier(String... names) {
        return Arrays.stream(names).flatMap(name -> Arrays.stream(TIERS).map(tier -> Arguments.of(name, tier)));
    }

    @ParameterizedTest
    @MethodSource("families")
    void familyIsWithinTolerance(String name, KernelTier tier) throws IOException {
        JsonNode golden = read(name);
        int[] tokens = ints(golden.get("tokens"));
        Offset<Double> tolerance = Offset.offset(golden.get("tolerance_abs").asDouble());
        try (Model model = TestModels.golden(name, tier, ElementType.F32, 2)) {
            float[][] logits = TestModels.logits(model, tokens, tokens.length);
            for (int i = 0; i < golden.get("positions").size(); i++) {
                int position = golden.get("positions").get(i).asInt();
                JsonNode expected = golden.get("logits_first64").get(i);
                for (int j = 0; j < expected.size(); j++) {
                    assertThat((double) logits[position][j])
                            .as("logit %d at position %d", j, position)
                            .isCloseTo(expected.get(j).asDouble(), tolerance);
                }
                assertThat(logSumExp(logits[position]))
                        .isCloseTo(golden.get("logsumexp").get(i).asDouble(), tolerance);
            }
            int[] argmax = Arrays.stream(logits).mapToInt(TestModels::argmax).toArray();
            assertThat(argmax).isEqualTo(ints(golden.get("argmax")));
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void greedyContinuationIsTheSame(String name, KernelTier tier) throws IOException {
        JsonNode golden = read(name);
        int[] prompt = ints(golden.get("tokens"));
        int[] expected = ints(golden.get("greedy16"));
        int[] all = Arrays.copyOf(prompt, prompt.length + expected.length);
        try (Model model = TestModels.golden(name, tier, ElementType.F16, 1)) {
            for (int i = prompt.length; i < all.length; i++) {
                float[][] logits = TestModels.logits(model, Arrays.copyOf(all, i), 64);
                all[i] = TestModels.argmax(logits[i - 1]);
            }
        }
        assertThat(Arrays.copyOfRange(all, prompt.length, all.length)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("types")
    void typeIsAsExactAsLlamaCpp(String name, KernelTier tier) throws IOException {
        JsonNode golden = read(name);
        int[] tokens = ints(golden.get("tokens"));
        double squares = 0;
        int count = 0;
        try (Model model = TestModels.golden(name, tier, ElementType.F32, 2)) {
            float[][] logits = TestModels.logits(model, tokens, tokens.length);
            for (int i = 0; i < golden.get("positions").size(); i++) {
                int position = golden.get("positions").get(i).asInt();
                JsonNode expected = golden.get("logits_first64").get(i);
                for (int j = 0; j < expected.size(); j++) {
                    double error = logits[position][j] - expected.get(j).asDouble();
                    squares += error * error;
                    count++;
                }
            }
        }
        double rms = Math.sqrt(squares / count);
        double theirs = golden.get("llama_cpp_rms_error").asDouble();
        System.out.printf("%s, %s: RMS error %.3g, %.2f of llama.cpp's%n", name, tier, rms, rms / theirs);
        assertThat(rms).isLessThanOrEqualTo(1.25 * theirs);
    }

    private static double logSumExp(float[] logits) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return Math.log(sum);
    }

    private static JsonNode read(String name) {
        return new ObjectMapper().readTree(Golden.path("models/" + name + ".json"));
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
