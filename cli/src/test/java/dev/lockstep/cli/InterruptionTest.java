package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class InterruptionTest {
    private static final int PROMPTS = 250;

    @ParameterizedTest
    @CsvSource({"INT, 130, 2", "TERM, 143, 15"})
    void aSignalEndsTheTextWithALineEndAndTheTraceIsWritten(
            String signal, int exitCode, int number, @TempDir Path folder) throws Exception {
        Path trace = folder.resolve("trace.json");
        List<String> command = new ArrayList<>(command(trace));
        if (ignored(number)) {
            // As in a shell's background jobs; it is inherited, and Java cannot undo it for its children.
            command.addAll(0, List.of("env", "--default-signal=" + signal));
        }
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream out = process.getInputStream()) {
            int first = out.read();
            assertThat(first).as("the first byte, before everything is done").isNotNegative();
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            String rest = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isEqualTo(exitCode);
            assertThat(rest).endsWith("\n");
            assertThat(rest.split("\n\n").length).as("completions").isLessThan(PROMPTS);
            assertThat(JsonMapper.shared()
                            .readTree(Files.readString(trace))
                            .get("traceEvents")
                            .valueStream()
                            .filter(entry ->
                                    entry.at("/args/reason").asString("").equals("cancelled")))
                    .as("cancelled requests in the trace")
                    .isNotEmpty();
            assertThat(folder).isDirectoryNotContaining("glob:**.part");
        } finally {
            process.destroyForcibly();
        }
    }

    /** Hundreds of requests on the slowest kernels: far from done when the first character appears. */
    private static List<String> command(Path trace) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Golden.REPOSITORY.resolve("jvm.args"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "run",
                "-q",
                "-m",
                Golden.stories(),
                "--kernels",
                "scalar",
                "--threads",
                "1",
                "--trace",
                trace.toString()));
        for (int i = 0; i < PROMPTS; i++) {
            command.addAll(List.of("-p", "Story " + i));
        }
        return command;
    }

    /** Whether this process ignores a signal, which its children inherit. */
    static boolean ignored(int signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        Matcher mask = Pattern.compile("SigIgn:\\s*([0-9a-f]+)").matcher(Files.readString(status));
        return mask.find() && (Long.parseUnsignedLong(mask.group(1), 16) >>> (signal - 1) & 1) == 1;
    }
}
