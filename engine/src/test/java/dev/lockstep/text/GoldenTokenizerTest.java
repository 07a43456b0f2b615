package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.Golden;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufMetadata;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Every row of the golden token ids, which llama.cpp made. */
class GoldenTokenizerTest {
    @ParameterizedTest
    @CsvSource({
        "llama-spm, llama-spm.json, ",
        "starcoder, starcoder.json, ",
        "gpt-2, gpt-2.json, ",
        "gpt-2, gpt-2@llama-bpe.json, llama-bpe",
        "gpt-2, gpt-2@qwen2.json, qwen2",
        "gpt-2, gpt-2@smollm.json, smollm"
    })
    void everyRowHasTheSameIdsAndDecodesToItsText(String vocabulary, String rows, String pre) throws IOException {
        try (GgufFile file = GgufFile.open(Golden.path("tokenizers/" + vocabulary + ".gguf"))) {
            GgufMetadata metadata = pre == null
                    ? file.metadata()
                    : Vocabularies.changed(
                            file.metadata(), "tokenizer.ggml.pre", b -> b.putString("tokenizer.ggml.pre", pre));
            Tokenizer tokenizer = Tokenizer.of(metadata);
            JsonNode golden = read("tokenizers/" + rows);
            assertThat(golden.size()).isGreaterThan(100);
            for (JsonNode row : golden) {
                String text = row.get("text").asString();
                int[] ids = tokenizer.encode(text, false);
                assertThat(ids).as("text \"%s\"", text).containsExactly(ids(row.get("ids")));
                boolean prefixed = tokenizer instanceof SentencePieceTokenizer && !text.isEmpty();
                assertThat(decoded(tokenizer, ids)).isEqualTo(prefixed ? " " + text : text);
            }
        }
    }

    @Test
    void thePromptsOfTheSmallModelHaveTheirIds() throws IOException {
        try (GgufFile file = GgufFile.open(Golden.path("stories260K/stories260K.gguf"))) {
            Tokenizer tokenizer = Tokenizer.of(file.metadata());
            assertThat(tokenizer.vocabulary().addBos()).isTrue();
            int bos = tokenizer.vocabulary().bos().orElseThrow();
            for (JsonNode row : read("stories260K/greedy.json")) {
                List<Integer> ids = new ArrayList<>(List.of(bos));
                for (int id : tokenizer.encode(row.get("prompt").asString(), false)) {
                    ids.add(id);
                }
                assertThat(ids.stream().mapToInt(Integer::intValue).toArray())
                        .containsExactly(ids(row.get("prompt_tokens")));
            }
        }
    }

    private static JsonNode read(String relative) {
        Path path = Golden.path(relative);
        return new ObjectMapper().readTree(path.toFile());
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).asInt();
        }
        return ids;
    }

    static String decoded(Tokenizer tokenizer, int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            bytes.writeBytes(tokenizer.bytes(id));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
