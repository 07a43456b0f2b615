package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole process, the JVM and all, stays within the plan that it prints. */
@Timeout(300)
class PeakMemoryTest {
    private static final Pattern PEAK = Pattern.compile("memory: plan ([0-9.]+) MB.*, peak ([0-9.]+) MB");

    @TempDir
    static Path folder;

    private static Path model;

    /** What a process printed about its memory, in megabytes, and its tokens. */
    private record Outcome(double plan, double peak, String out) {}

    @BeforeAll
    static void writeTheModel() throws IOException {
        assumeTrue(
                Files.exists(Path.of("/proc/self/status")),
                "skipped: this system does not tell a process's peak memory");
        model = folder.resolve("model.gguf");
        SyntheticModel.Shape shape = SyntheticModel.Shape.named("llama-110m").orElseThrow();
        SyntheticModel.write(shape, ElementType.F16, 1, model, LoadProgress.SILENT);
    }

    private static Outcome run(String... flags) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + Golden.REPOSITORY.resolve("jvm.args"));
        command.add("-Xmn16m");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of("run", "-v", "-m", model.toString(), "-p", "a b c", "-n", "8", "--context", "256"));
        command.addAll(List.of(flags));
        Path err = folder.resolve("err.txt");
        Process process =
                new ProcessBuilder(command).redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes());
        String said = Files.readString(err);
        assertThat(process.waitFor()).as(said).isZero();
        Matcher matcher = PEAK.matcher(said);
        assertThat(matcher.find()).as(said).isTrue();
        return new Outcome(Double.parseDouble(matcher.group(1)), Double.parseDouble(matcher.group(2)), out);
    }

    @Test
    void aModelThatIsLargerThanTheBudgetRunsWithinItWithTheSameTokens() throws Exception {
        Outcome packed = run();
        assertThat(packed.peak()).isBetween(0.85 * packed.plan(), 1.05 * packed.plan());

        assertThat(Files.size(model)).isGreaterThan(250_000_000);
        Outcome streamed = run("--stream-layers", "--memory-budget", "200M");
        assertThat(streamed.plan()).isLessThanOrEqualTo(200);
        assertThat(streamed.peak()).isLessThanOrEqualTo(200);
        assertThat(streamed.out()).isEqualTo(packed.out());
    }
}
