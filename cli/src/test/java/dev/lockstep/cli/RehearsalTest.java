package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code lockstep} has the JVM take notes of. */
class RehearsalTest {
    @Test
    @Timeout(300)
    void runsServesAndExits(@TempDir Path folder) throws Exception {
        String model = TinyModel.in(folder);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Golden.REPOSITORY.resolve("jvm.args"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Rehearsal.class.getName(),
                        model)
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isEqualTo(ExitCode.DONE);
            assertThat(said).doesNotContain("the rehearsal failed");
        } finally {
            process.destroyForcibly();
        }
    }
}
