package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Engine;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import dev.lockstep.server.api.ChatFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * The {@code curl} commands that people are told to type, as they stand there, against the model that they would meet.
 * {@link OutsideProgram} says when these tests are left out.
 */
@Timeout(300)
class DocumentedCommandsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();
    private static final String DOCUMENTED_ADDRESS = "http://127.0.0.1:8080";

    private static Engine engine;
    private static LockstepServer server;

    @BeforeAll
    static void start() throws IOException {
        new OutsideProgram("curl").assumeInstalled();
        engine = Engine.open(ModelStore.ofThisBuild().file(ShippedModel.JDK), TestServer.options());
        server = LockstepServer.builder(engine)
                .port(0)
                .modelId("jdk")
                .chat(new ChatFormat.Plain())
                .start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
            engine.close();
        }
    }

    /** All lines of code that begin with {@code curl}, with those that go on from them. */
    private static List<String> commands(Path page) throws IOException {
        List<String> commands = new ArrayList<>();
        boolean code = false;
        boolean goesOn = false;
        for (String line : Files.readAllLines(page)) {
            code ^= line.startsWith("```");
            if (goesOn) {
                commands.add(commands.removeLast() + "\n" + line);
            } else if (code && line.startsWith("curl ")) {
                commands.add(line);
            } else {
                continue;
            }
            goesOn = line.endsWith("\\");
        }
        return commands;
    }

    private static byte[] output(String command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("lockstep-curl-", ".txt");
        try {
            Process process = new ProcessBuilder("sh", "-c", command)
                    .redirectOutput(output.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(process.waitFor()).as("exit code of: %s", command).isZero();
            return Files.readAllBytes(output);
        } finally {
            Files.delete(output);
        }
    }

    private static void check(String command, byte[] output) {
        if (command.contains("\"stream\": true")) {
            StringBuilder text = new StringBuilder();
            for (JsonNode event : SseEvents.untilDone(output)) {
                text.append(event.at("/choices/0/delta/content").asString(""));
            }
            assertThat(text).as(command).isNotEmpty();
            return;
        }
        JsonNode answer = JSON.readTree(output);
        String path = command.contains("/v1/embeddings")
                ? "/data/0/embedding/0"
                : command.contains("/chat/") ? "/choices/0/message/content" : "/choices/0/text";
        assertThat(answer.at(path).asString(""))
                .as("%s%n%s", command, new String(output, StandardCharsets.UTF_8))
                .isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"README.md, 1", "docs/server.md, 3", "docs/clients.md, 1"})
    void work(String page, int countMin) throws IOException, InterruptedException {
        List<String> commands = commands(REPOSITORY.resolve(page));
        assertThat(commands).as("commands in %s", page).hasSizeGreaterThanOrEqualTo(countMin);
        for (String command : commands) {
            assertThat(command).contains(DOCUMENTED_ADDRESS);
            String here = command.replace(DOCUMENTED_ADDRESS, server.uri().toString());
            check(here, output(here));
        }
    }
}
