package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TokenizeCommandTest {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private static Result tokenize(String vocabulary, String text, String... flags) {
        String file = Golden.path("tokenizers/" + vocabulary + ".gguf").toString();
        String[] args = Arrays.copyOf(new String[] {"tokenize", "-m", file}, 3 + flags.length);
        System.arraycopy(flags, 0, args, 3, flags.length);
        return Result.withInput(text, args);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "gpt-2", "starcoder"})
    void matchesTheGoldenRows(String vocabulary) throws IOException {
        JsonNode rows = MAPPER.readTree(Golden.path("tokenizers/" + vocabulary + ".json"));
        String texts = rows.valueStream().map(row -> row.get("text").asString()).collect(Collectors.joining("\0"));
        List<JsonNode> lines = tokenize(vocabulary, texts, "--null").done().jsonLines();
        assertThat(lines).hasSize(rows.size()).hasSizeGreaterThan(100);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(lines.get(i))
                    .as("row %d: %s", i, rows.get(i))
                    .isEqualTo(rows.get(i).get("ids"));
        }
    }

    @Test
    void allFormatsHaveTheSameIds() {
        String text = "The first line,\nthe second – and an end.\n";
        String plain = tokenize("gpt-2", text).done().out();
        assertThat(plain).matches("\\d+( \\d+)+\n");
        String list = "[" + plain.strip().replace(' ', ',') + "]\n";
        assertThat(tokenize("gpt-2", text, "--json").done().out()).isEqualTo(list);
        assertThat(tokenize("gpt-2", text, "--null").done().out()).isEqualTo(list);
    }

    @Test
    void theLastLineEndBelongsToTheText() {
        assertThat(tokenize("gpt-2", "a\n").done().out())
                .isNotEqualTo(tokenize("gpt-2", "a").done().out());
    }

    @Test
    void emptyTextsHaveNoIds() {
        assertThat(tokenize("gpt-2", "").done().out()).isEqualTo("\n");
        assertThat(tokenize("gpt-2", "", "--json").done().out()).isEqualTo("[]\n");
        assertThat(tokenize("gpt-2", "", "--null").done().out()).isEqualTo("[]\n");
        assertThat(tokenize("gpt-2", "\0", "--null").done().out()).isEqualTo("[]\n[]\n");
    }

    @Test
    void specialTokensAreTextUnlessAskedFor() {
        assertThat(tokenize("llama-spm", "</s>").done().out()).contains(" ");
        assertThat(tokenize("llama-spm", "</s>", "--special").done().out()).isEqualTo("2\n");
    }

    @Test
    void inputThatIsNotUtf8IsRefused() {
        String file = Golden.path("tokenizers/gpt-2.gguf").toString();
        byte[] latin1 = {'a', (byte) 0xE4, 'b'};
        assertThat(Result.withInput(latin1, "tokenize", "-m", file).refused(ExitCode.FAILED))
                .contains("byte 0xE4 at offset 1");
    }

    @Test
    void aMissingVocabularyIsExitCode3() {
        Result.of("tokenize", "-m", "no-such.gguf").refused(ExitCode.UNUSABLE_MODEL);
    }
}
