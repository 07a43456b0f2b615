package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The native kernels under the address and undefined-behaviour sanitizers. */
class NativeSanitizerTest {
    @Test
    void findsNothing(@TempDir Path folder) throws IOException, InterruptedException {
        assumeTrue(NativeLibrary.INSTANCE.usable(), () -> "skipped: " + NativeLibrary.INSTANCE.reason());
        Path script = Path.of("src/test/native/check.sh").toAbsolutePath();
        Process process = new ProcessBuilder("sh", script.toString(), folder.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        System.out.print(output);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("nothing found");
    }
}
