package dev.lockstep.train.prepared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.train.data.Texts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareMainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    private int run(String... arguments) {
        return PrepareMain.run(
                arguments,
                1,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private void writeSource() throws IOException {
        Files.createDirectories(folder.resolve("in"));
        for (int i = 0; i < 5; i++) {
            Files.writeString(folder.resolve("in/P" + i + ".java"), Texts.program(i, 30));
        }
    }

    @Test
    void preparesAFolder() throws IOException {
        writeSource();
        Path target = folder.resolve("out");
        assertThat(run(target.toString(), folder.resolve("in").toString())).isZero();
        PreparedCorpus read = PreparedCorpus.read(target);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("fingerprint " + read.fingerprint())
                .contains("training: " + read.training().length() + " tokens in 4 documents")
                .contains("held out: " + read.heldOut().length() + " tokens in 1 documents");
        assertThat(err.size()).isZero();
    }

    @Test
    void saysWhatIsWrongInOneSentence() throws IOException {
        assertThat(run()).isEqualTo(2);
        assertThat(run("a", "b", "c")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("usage: PrepareMain OUT [SOURCE]");
        err.reset();
        Path missing = folder.resolve("missing");
        assertThat(run(folder.toString(), missing.toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8).strip()).isEqualTo(missing + ": this is not a folder.");
        err.reset();
        writeSource();
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThat(run(file.toString(), folder.resolve("in").toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith(file + ": the corpus could not be written");
    }
}
