package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TraceFileTest {
    @TempDir
    Path folder;

    private static String[] command(Path trace, String... flags) {
        List<String> command = new ArrayList<>(List.of("run", "-m", Golden.stories(), "--trace", trace.toString()));
        command.addAll(List.of(flags));
        return command.toArray(String[]::new);
    }

    private static List<JsonNode> entries(Path trace) throws IOException {
        return JsonMapper.shared()
                .readTree(Files.readString(trace))
                .get("traceEvents")
                .valueStream()
                .toList();
    }

    private static long count(List<JsonNode> entries, String phase, String name) {
        return entries.stream()
                .filter(entry -> entry.get("ph").asString().equals(phase))
                .filter(entry -> entry.get("name").asString().equals(name))
                .count();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void aRunLeavesAChartOfItsRequestsAndSteps() throws IOException {
        Path trace = folder.resolve("trace.json");
        Files.writeString(trace, "what was there before");
        Result result = Result.of(
                        command(trace, "-q", "-p", "Once upon a time", "-p", "Lily", "-n", "9", "--prefill-chunk", "3"))
                .done();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .isEqualTo(Result.of(
                                "run", "-q", "-m", Golden.stories(), "-p", "Once upon a time", "-p", "Lily", "-n", "9")
                        .done()
                        .out());
        List<JsonNode> entries = entries(trace);
        assertThat(count(entries, "B", "queued")).isEqualTo(2);
        assertThat(count(entries, "i", "first token")).isEqualTo(2);
        assertThat(count(entries, "i", "token")).isEqualTo(2 * 8);
        assertThat(count(entries, "i", "finished")).isEqualTo(2);
        assertThat(count(entries, "X", "decode")).as("steps that decode").isPositive();
        assertThat(count(entries, "B", "decode"))
                .isEqualTo(count(entries, "E", "decode"))
                .isEqualTo(2);
        assertThat(entries).noneMatch(entry -> entry.at("/args").has("unfinished"));
        assertThat(files()).containsExactly(trace);
    }

    @Test
    void moreIsSaidIfAsked() {
        Path trace = folder.resolve("trace.json");
        assertThat(Result.of(command(trace, "-v", "-p", "a", "-n", "3")).done().err())
                .containsPattern("\nlockstep: trace: 12 events in \\S+trace.json\n");
        assertThat(Result.of(command(trace, "-p", "a", "-n", "3")).done().err()).doesNotContain("trace");
    }

    @Test
    void theTraceIsWrittenAlsoWhenTheOutputIsNotTaken() throws IOException {
        Path trace = folder.resolve("trace.json");
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream broken = new PrintStream(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("broken pipe");
                    }
                },
                false,
                StandardCharsets.UTF_8);
        int exitCode = Main.run(
                command(trace, "-q", "-p", "a", "-p", "b", "-n", "9"),
                InputStream.nullInputStream(),
                broken,
                new PrintStream(err, false, StandardCharsets.UTF_8));
        assertThat(exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(count(entries(trace), "i", "finished")).isEqualTo(2);
    }

    @Test
    void aPlaceThatCannotBeWrittenIsRefusedBeforeAnythingRuns() throws IOException {
        Path missing = folder.resolve("missing");
        assertThat(refused(missing.resolve("trace.json")))
                .startsWith("lockstep: --trace " + missing.resolve("trace.json") + ": the folder " + missing
                        + " does not exist. Try 'lockstep run --help'.");
        assertThat(refused(folder)).contains(": this is a directory, a file is to be written");
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(refused(file.resolve("trace.json"))).contains("the folder " + file + " does not exist");
        assertThat(Result.of("bench", "queue", "-q", "--trace", folder.toString())
                        .refused(ExitCode.USAGE))
                .contains("this is a directory");
    }

    private static String refused(Path trace) {
        // The model does not exist either, but that would be found later.
        return Result.of("run", "-m", "no-such.gguf", "-p", "a", "--trace", trace.toString())
                .refused(ExitCode.USAGE);
    }

    @Test
    void aRunThatFailsLeavesTheFileAsItWas() throws IOException {
        Path trace = folder.resolve("trace.json");
        Files.writeString(trace, "what was there before");
        Result.of("run", "-m", "no-such.gguf", "-p", "a", "--trace", trace.toString())
                .refused(ExitCode.UNUSABLE_MODEL);
        assertThat(trace).hasContent("what was there before");
        assertThat(files()).containsExactly(trace);
    }

    @Test
    void aLinkIsWrittenThrough() throws IOException {
        Path trace = Files.createFile(folder.resolve("trace.json"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), trace);
        Result.of(command(link, "-q", "-p", "a", "-n", "2")).done();
        assertThat(link).isSymbolicLink();
        assertThat(count(entries(trace), "i", "finished")).isEqualTo(1);
    }

    @Test
    void theQueueExperimentHasATraceToo() throws IOException {
        Path trace = folder.resolve("trace.json");
        Result.of("bench", "queue", "-q", "-m", Golden.stories(), "--tokens", "30,2", "--trace", trace.toString())
                .done();
        assertThat(count(entries(trace), "B", "queued"))
                .as("the requests and the one that warms up")
                .isEqualTo(3);
    }
}
