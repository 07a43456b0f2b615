package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ServeCommandTest {
    private static final String PROMPT = "Once upon a time";

    @TempDir
    Path folder;

    private static JsonNode json(HttpResponse<?> response) {
        return JsonMapper.shared().readTree((String) response.body());
    }

    @Test
    void servesWhatRunWritesAndEndsWithASignal() throws Exception {
        String expected = Result.of("run", "-q", "-m", Golden.stories(), "-p", PROMPT, "-n", "20")
                .done()
                .out()
                .stripTrailing();
        try (ServeProcess server = ServeProcess.start("-m", Golden.stories(), "--model-name", "tales")) {
            assertThat(server.messages()).anyMatch(line -> line.startsWith("lockstep: listening at http://127.0.0.1:"));
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(server.get("/health/ready").statusCode()).isEqualTo(200);
            HttpResponse<String> answer = server.post(
                    "/v1/completions",
                    "{\"model\": \"tales\", \"prompt\": \"" + PROMPT + "\", \"max_tokens\": 20, \"temperature\": 0}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(PROMPT + json(answer).at("/choices/0/text").stringValue().stripTrailing())
                    .endsWith(expected);
            String metrics = server.get("/metrics").body();
            assertThat(metrics).contains("lockstep_step_rows_count ");
            assertThat(server.terminate()).isEqualTo(ExitCode.DONE);
        }
    }

    /** Nobody asks for tokens, so the machine is measured as soon as that is sure. */
    @Test
    @Timeout(120)
    void tellsUtilisationOnceItHasRested() throws Exception {
        try (ServeProcess server = ServeProcess.start("-m", Golden.stories())) {
            String metrics = server.get("/metrics").body();
            while (!metrics.contains("lockstep_mfu_ratio ")) {
                metrics = server.get("/metrics").body();
            }
            assertThat(metrics).contains("lockstep_mfu_ratio 0.0").contains("lockstep_mbu_ratio 0.0");
        }
    }

    @Test
    void requestsThatRunAreAnsweredAfterASignal() throws Exception {
        try (ServeProcess server =
                ServeProcess.start("-m", Golden.stories(), "--kernels", "scalar", "--threads", "1")) {
            HttpResponse<Stream<String>> stream = server.stream(
                    "/v1/completions",
                    "{\"prompt\": \"" + PROMPT + "\", \"max_tokens\": 100, \"n\": 8, \"stream\": true}");
            List<String> lines;
            try (Stream<String> body = stream.body()) {
                Iterator<String> first = body.iterator();
                assertThat(first.next()).startsWith("data: {");
                server.signal();
                lines = new ArrayList<>();
                first.forEachRemaining(lines::add);
            }
            assertThat(lines.stream().filter(line -> !line.isEmpty()).toList().getLast())
                    .isEqualTo("data: [DONE]");
            assertThat(lines).noneMatch(line -> line.contains("\"error\""));
            assertThat(lines.stream().filter(line -> line.contains("\"finish_reason\":\"")))
                    .hasSize(8);
            assertThat(server.awaitEnd()).isEqualTo(ExitCode.DONE);
        }
    }

    @Test
    void aModelThatDoesNotFitIsAFailureThoughThePortWasOpen() throws Exception {
        try (ServeProcess server = ServeProcess.begin("-m", Golden.stories(), "--memory-budget", "1K")) {
            assertThat(server.awaitEnd()).isEqualTo(ExitCode.OVER_BUDGET);
            assertThat(server.messages())
                    .last()
                    .asString()
                    .contains("lockstep: ")
                    .contains("budget");
        }
    }

    @Test
    void anyAddressNeedsKeysOrSaysThatItIsMeant() throws Exception {
        assertThat(Result.of("serve", "-m", Golden.stories(), "--host", "0.0.0.0")
                        .refused(ExitCode.USAGE))
                .contains("--insecure-no-auth");
        try (ServeProcess server =
                ServeProcess.start("-m", Golden.stories(), "--host", "0.0.0.0", "--insecure-no-auth")) {
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(server.terminate()).isEqualTo(ExitCode.DONE);
        }
    }

    @Test
    void aKeyFileLetsInOnlyItsKeys() throws Exception {
        Path keys = folder.resolve("keys.txt");
        String key = Result.of("keys", "add", "alice", "--keys", keys.toString(), "-q")
                .done()
                .out()
                .strip();
        Path log = folder.resolve("access.log");
        try (ServeProcess server =
                ServeProcess.start("-m", Golden.stories(), "--keys", keys.toString(), "--access-log", log.toString())) {
            String body = "{\"prompt\": \"SECRET\", \"max_tokens\": 3}";
            assertThat(server.post("/v1/completions", body).statusCode()).isEqualTo(401);
            assertThat(server.post("/v1/completions", body, "Authorization", "Bearer " + key)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(server.terminate()).isEqualTo(ExitCode.DONE);
        }
        List<JsonNode> lines = Files.readAllLines(log).stream()
                .map(line -> JsonMapper.shared().readTree(line))
                .toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst().at("/status").intValue()).isEqualTo(401);
        assertThat(lines.getLast().at("/client").stringValue()).isEqualTo("alice");
        assertThat(lines.getLast().at("/output_tokens").intValue()).isEqualTo(3);
        assertThat(Files.readString(log)).doesNotContain("SECRET").doesNotContain(key);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --port 65536                      | --port is 65536, allowed are 0 to 65535
                    --port -1                         | --port is -1, allowed are 0 to 65535
                    --host nowhere.invalid            | --host is 'nowhere.invalid', which is no address
                    --host 0.0.0.0                    | --insecure-no-auth
                    --drain -1                        | --drain is -1, allowed are 0 to 86400
                    --tls-cert cert.pem               | --tls-cert and --tls-key need each other
                    --queue 0                         | queue
                    --queue-time -1                   | the limit of time in the queue is PT-1S
                    --request-seconds 0               | the limit of time per request is PT0S
                    --max-choices 0                   | the limit of prompts per request is 0
                    --max-body 0                      | body
                    --threads 0                       | threads is 0
                    --model-name                      | --model-name
                    --fly                             | unknown option: '--fly'
                    """)
    void wrongFlagsAreOneSentence(String flags, String said) {
        String[] args =
                ("serve -m " + Golden.stories() + (flags.startsWith("--port") ? " " : " --port 0 ") + flags).split(" ");
        assertThat(Result.of(args).refused(ExitCode.USAGE)).contains(said).contains("Try 'lockstep serve --help'.");
    }

    @Test
    void filesThatCannotBeUsedAreOneSentence() throws Exception {
        String missing = folder.resolve("missing").toString();
        assertThat(Result.of("serve", "-m", missing + ".gguf").refused(ExitCode.UNUSABLE_MODEL))
                .contains("there is no such file");
        Path broken = Files.writeString(folder.resolve("broken.gguf"), "not a model");
        assertThat(Result.of("serve", "-m", broken.toString()).refused(ExitCode.UNUSABLE_MODEL))
                .contains("broken.gguf");
        Path template = Files.writeString(folder.resolve("template.jinja"), "{% for %}");
        assertThat(Result.of("serve", "-m", Golden.stories(), "--chat-template", template.toString())
                        .refused(ExitCode.USAGE))
                .contains("template.jinja");
        assertThat(Result.of("serve", "-m", Golden.stories(), "--chat-template", missing)
                        .refused(ExitCode.USAGE))
                .contains("--chat-template names " + missing);
        assertThat(Result.of("serve", "-m", Golden.stories(), "--keys", missing).refused(ExitCode.FAILED))
                .contains(missing);
    }

    @Test
    void aPortThatIsTakenIsOneSentence() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertThat(Result.of("serve", "-m", Golden.stories(), "--port", port)
                            .refused(ExitCode.FAILED))
                    .contains("cannot listen at 127.0.0.1, port " + port);
        }
    }
}
