package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.Golden;
import dev.lockstep.kernel.KernelTier;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A real model, greedily, for 120 tokens, against llama.cpp on the same file ({@code bench/peers/llama-cpp/greedy.mjs}
 * made the reference). Why not the golden folder's {@code greedy.json}: {@code docs/log.md}.
 */
class StoriesGreedyTest {
    @ParameterizedTest
    @EnumSource(names = {"SCALAR", "VECTOR", "NATIVE"})
    void continuesAsLlamaCppDoes(KernelTier tier) throws IOException {
        EngineOptions options = new EngineOptions().kernels(tier).contextLength(160);
        try (Engine engine = Engine.open(Golden.path("stories260K/stories260K.gguf"), options);
                InputStream in = StoriesGreedyTest.class.getResourceAsStream("stories260K-llama-cpp.json")) {
            JsonNode cases = new ObjectMapper().readTree(in);
            assertThat(cases.size()).isEqualTo(4);
            for (JsonNode reference : cases) {
                String prompt = reference.get("prompt").asString();
                Completion completion =
                        engine.submit(Request.of(prompt).maxTokens(120)).await();
                assertThat(completion.promptTokens()).as(prompt).isEqualTo(ints(reference.get("prompt_tokens")));
                assertThat(completion.tokens()).as(prompt).isEqualTo(ints(reference.get("tokens")));
            }
        }
    }

    private static List<Integer> ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asInt)
                .toList();
    }
}
