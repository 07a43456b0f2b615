package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.format.GgufFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TemplateCommandTest {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final String HELLO = "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi </s>\"}]}";

    @TempDir
    Path folder;

    private String template;

    @BeforeEach
    void writeTemplate() throws IOException {
        template = file(
                "t.jinja", "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}\n\n\n");
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }

    private static Result render(String template, String request, String... more) {
        String[] args = {"template", "--template", template, "--request", "-"};
        String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return Result.withInput(request, all);
    }

    @Test
    void printsThePromptAndNothingElse() throws IOException {
        assertThat(render(template, HELLO).done().out()).isEqualTo("<user>Hi </s>\n");
        String request = file("r.json", HELLO);
        assertThat(Result.of("template", "--template", template, "--request", request)
                        .done()
                        .out())
                .isEqualTo("<user>Hi </s>\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Qwen3-Coder", "google-gemma-2-2b-it", "meta-llama-Llama-3.1-8B-Instruct"})
    void matchesTheGoldenCases(String name) {
        JsonNode cases = MAPPER.readTree(Golden.path("chat-templates/_cases.json"));
        JsonNode expected = MAPPER.readTree(Golden.path("chat-templates/" + name + ".json"));
        String source = Golden.path("chat-templates/" + name + ".jinja").toString();
        for (var one : expected.properties()) {
            ObjectNode request =
                    (ObjectNode) cases.get("cases").get(one.getKey()).deepCopy();
            request.set("bos_token", cases.get("bos_token")).set("eos_token", cases.get("eos_token"));
            Result result =
                    render(source, request.toString(), "--now", cases.get("now").asString());
            if (one.getValue().has("text")) {
                assertThat(result.done().out())
                        .as(one.getKey())
                        .isEqualTo(one.getValue().get("text").asString());
            } else {
                result.refused(ExitCode.FAILED);
            }
        }
    }

    @Test
    void jsonTellsWhereThePiecesComeFrom() {
        String request = "{\"bos_token\": \"<s>\", " + HELLO.substring(1);
        assertThat(render(template, request, "--json").done().json()).isEqualTo(MAPPER.readTree("""
                        {"text": "<s><user>Hi </s>\\n", "segments": [
                            {"text": "<s><", "origin": "template"}, {"text": "user", "origin": "data"},
                            {"text": ">", "origin": "template"}, {"text": "Hi </s>", "origin": "data"},
                            {"text": "\\n", "origin": "template"}]}
                        """));
    }

    @Test
    void numbersStayWhatTheyAre() throws IOException {
        String numbers = file("n.jinja", "{{ [a, b, c] | tojson }} {{ d }}");
        assertThat(render(numbers, "{\"a\": 1, \"b\": 1.0, \"c\": 12345678901, \"d\": 1e3}")
                        .done()
                        .out())
                .isEqualTo("[1, 1.0, 12345678901] 1000.0");
    }

    @Test
    void aModelsOwnTemplateAndTokensAreTaken() throws IOException {
        String model = Golden.path("tokenizers/llama-spm.gguf").toString();
        boolean has = false;
        try (GgufFile file = GgufFile.open(Path.of(model))) {
            has = file.metadata().contains("tokenizer.chat_template");
        }
        Result own = Result.withInput(HELLO, "template", "-m", model, "--request", "-");
        if (has) {
            assertThat(own.done().out()).contains("Hi </s>");
        } else {
            assertThat(own.refused(ExitCode.FAILED))
                    .contains("has no chat template")
                    .contains("--template");
        }
        assertThat(render(template, HELLO, "-m", model).done().out()).isEqualTo("<s><user>Hi </s>\n");
        assertThat(render(template, "{\"bos_token\": \"\", " + HELLO.substring(1), "-m", model)
                        .done()
                        .out())
                .isEqualTo("<user>Hi </s>\n");
    }

    @Test
    void failuresAreOneLine() throws IOException {
        String broken = file("b.jinja", "a\n{% if x %}");
        assertThat(render(broken, "{}").refused(ExitCode.FAILED)).contains("not valid in line 2");
        String raising = file("e.jinja", "{{ raise_exception('roles must\nalternate') }}");
        assertThat(render(raising, "{}").refused(ExitCode.FAILED)).contains("refuses this conversation: roles must");
        assertThat(render(template, "{\"a\": 1").refused(ExitCode.FAILED)).contains("standard input is not JSON");
        assertThat(render(template, "[1]").refused(ExitCode.FAILED)).contains("not a JSON object");
        assertThat(render(template, "{\"a\": 123456789012345678901}").refused(ExitCode.FAILED))
                .contains("out of range of `long`");
    }

    @Test
    void wrongUseIsExitCode2() throws IOException {
        Result.of("template").refused(ExitCode.USAGE);
        Result.of("template", "--template", template).refused(ExitCode.USAGE);
        Result.of("template", "--template", template, "--request", "-", "--now", "noon")
                .refused(ExitCode.USAGE);
        assertThat(Result.of("template", "--template", template, "--request", "nowhere.json")
                        .refused(ExitCode.USAGE))
                .contains("no request file \"nowhere.json\"");
        assertThat(Result.withInput("{}", "template", "--template", "nowhere", "--request", "-")
                        .refused(ExitCode.USAGE))
                .contains("no template file \"nowhere\"");
    }

    @Test
    void filesMustBeUtf8() throws IOException {
        Path latin1 = Files.write(folder.resolve("l.jinja"), "\u00e4".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(render(latin1.toString(), "{}").refused(ExitCode.FAILED)).contains("is not UTF-8");
    }
}
