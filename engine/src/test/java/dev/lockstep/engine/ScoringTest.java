package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.Golden;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ScoringTest {
    private static final int VOCABULARY = 512;

    private static Path stories() {
        return Golden.path("stories260K/stories260K.gguf");
    }

    private static List<Scoring.Position> score(Path model, int[] tokens, int logits, EngineOptions options)
            throws IOException {
        List<Scoring.Position> positions = new ArrayList<>();
        Scoring.run(model, tokens, logits, options, positions::add);
        return positions;
    }

    private static int[] randomTokens(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        return IntStream.range(0, count).map(_ -> random.nextInt(VOCABULARY)).toArray();
    }

    @Test
    void logsumexpMatchesTheGoldenData() throws IOException {
        JsonNode golden = JsonMapper.shared().readTree(Golden.path("models/llama-gqa.json"));
        int[] tokens =
                golden.get("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
        List<Scoring.Position> positions =
                score(Golden.path("models/llama-gqa.gguf"), tokens, 0, new EngineOptions().kvType(ElementType.F32));
        for (int i = 0; i < golden.get("positions").size(); i++) {
            Scoring.Position position =
                    positions.get(golden.get("positions").get(i).asInt());
            assertThat(position.logsumexp())
                    .as("position %d", position.index())
                    .isCloseTo(
                            golden.get("logsumexp").get(i).asDouble(),
                            within(golden.get("tolerance_abs").asDouble()));
        }
    }

    @Test
    void everyPositionComesOnceAndDependsOnlyOnTheTokensUpToIt() throws IOException {
        int[] tokens = randomTokens(1, 128);
        List<Scoring.Position> all = score(stories(), tokens, VOCABULARY, new EngineOptions());
        assertThat(all).hasSize(tokens.length);
        for (int length : new int[] {1, 2, 15, 16, 17, 31, 32, 33, 100, 127}) {
            List<Scoring.Position> some =
                    score(stories(), Arrays.copyOf(tokens, length), VOCABULARY, new EngineOptions());
            assertThat(some).as("length %d", length).hasSize(length);
            for (int i = 0; i < length; i++) {
                assertSame(some.get(i), all.get(i), "length " + length);
            }
        }
    }

    @Test
    void argmaxAndLogsumexpAreThoseOfTheLogits() throws IOException {
        for (Scoring.Position position : score(stories(), randomTokens(2, 40), VOCABULARY, new EngineOptions())) {
            double sum = 0;
            for (float logit : position.logits()) {
                sum += Math.exp(logit);
                assertThat(logit).isLessThanOrEqualTo(position.logits()[position.argmax()]);
            }
            assertThat(position.logsumexp()).isCloseTo(Math.log(sum), within(1e-9));
        }
    }

    @Test
    void tiersAndThreadsHaveTheSameBits() throws IOException {
        int[] tokens = randomTokens(3, 50);
        List<Scoring.Position> scalar = score(
                stories(),
                tokens,
                70,
                new EngineOptions().kernels(KernelTier.SCALAR).threads(1));
        List<Scoring.Position> vector = score(
                stories(),
                tokens,
                70,
                new EngineOptions().kernels(KernelTier.VECTOR).threads(3));
        for (int i = 0; i < tokens.length; i++) {
            assertThat(scalar.get(i).logits()).hasSize(70);
            assertSame(vector.get(i), scalar.get(i), "vector, 3 threads");
        }
    }

    @Test
    void theGreedyContinuationIsTheArgmax() throws IOException {
        int[] prompt = {1, 403, 407, 261, 378};
        List<Integer> continued;
        try (Engine engine = Engine.open(stories())) {
            continued = engine.submit(Request.ofTokens(prompt).maxTokens(60))
                    .await()
                    .tokens();
        }
        int[] tokens = IntStream.concat(
                        Arrays.stream(prompt), continued.stream().mapToInt(Integer::intValue))
                .toArray();
        List<Scoring.Position> positions = score(stories(), tokens, 0, new EngineOptions());
        for (int i = 0; i < continued.size(); i++) {
            assertThat(positions.get(prompt.length - 1 + i).argmax())
                    .as("token %d", i)
                    .isEqualTo(continued.get(i));
        }
    }

    @Test
    void badInputIsRefused() {
        EngineOptions options = new EngineOptions();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> score(stories(), new int[0], 0, options))
                .withMessage("0 tokens to score, allowed are 1 to 128, the context that the model was trained for");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> score(stories(), new int[129], 0, options))
                .withMessageStartingWith("129 tokens to score");
        for (int token : new int[] {-1, VOCABULARY, Integer.MIN_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> score(stories(), new int[] {1, token}, 0, options))
                    .withMessage("token " + token + " at position 1, allowed are 0 to 511");
        }
        for (int logits : new int[] {-1, VOCABULARY + 1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> score(stories(), new int[] {1}, logits, options))
                    .withMessage(logits + " logits of each position, allowed are 0 to 512");
        }
        assertThatExceptionOfType(MemoryBudgetException.class)
                .isThrownBy(() -> score(stories(), new int[] {1}, 0, new EngineOptions().memoryBudget(1_000)));
    }

    private static void assertSame(Scoring.Position found, Scoring.Position expected, String what) {
        String at = what + ", position " + expected.index();
        assertThat(found.index()).as(at).isEqualTo(expected.index());
        assertThat(found.token()).as(at).isEqualTo(expected.token());
        assertThat(found.argmax()).as(at).isEqualTo(expected.argmax());
        assertThat(Double.doubleToRawLongBits(found.logsumexp()))
                .as(at)
                .isEqualTo(Double.doubleToRawLongBits(expected.logsumexp()));
        for (int i = 0; i < expected.logits().length; i++) {
            assertThat(Float.floatToRawIntBits(found.logits()[i]))
                    .as("%s, logit %d", at, i)
                    .isEqualTo(Float.floatToRawIntBits(expected.logits()[i]));
        }
    }
}
