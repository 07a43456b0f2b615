package dev.lockstep.train.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lockstep.train.Progress;
import dev.lockstep.train.data.CorpusException;
import dev.lockstep.train.data.Document;
import dev.lockstep.train.data.FolderSource;
import dev.lockstep.train.data.Texts;
import dev.lockstep.train.prepared.PreparedCorpus;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where text to measure with comes from. */
class HeldOutTest {
    @TempDir
    Path folder;

    private Path texts() throws IOException {
        Path texts = Files.createDirectory(folder.resolve("texts"));
        for (int i = 0; i < 30; i++) {
            Files.writeString(texts.resolve("C" + i + ".java"), Texts.program(i, 20) + "// ä€𝄞 <|eos|>\n");
        }
        return texts;
    }

    private static List<String> strings(HeldOut text) {
        return text.documents().stream().map(Document::string).toList();
    }

    @Test
    void aPreparedCorpusGivesBackTheTextThatItsTokensStandFor() throws IOException {
        Path texts = texts();
        HeldOut found = HeldOut.of(texts, Progress.SILENT);
        assertThat(found.documents()).isNotEmpty().hasSizeLessThan(30);
        Path prepared = folder.resolve("prepared");
        PreparedCorpus.of(
                        new FolderSource(texts),
                        new TokenizerTrainer(300, TokenizerTrainer.PRE_DEFAULT, 1),
                        Progress.SILENT)
                .write(prepared);
        HeldOut read = HeldOut.of(prepared, Progress.SILENT);
        assertThat(strings(read)).isEqualTo(strings(found));
        assertThat(read.bytes()).isEqualTo(found.bytes());
    }

    @Test
    void filesAreTakenWhole() throws IOException {
        Path one = Files.writeString(folder.resolve("one"), "a");
        Path two = Files.writeString(folder.resolve("two"), "ü");
        assertThat(strings(HeldOut.ofFiles(List.of(two, one)))).containsExactly("ü", "a");
        Path broken = Files.write(folder.resolve("broken"), "ü".getBytes(StandardCharsets.ISO_8859_1));
        assertThatExceptionOfType(CorpusException.class)
                .isThrownBy(() -> HeldOut.ofFiles(List.of(broken)))
                .withMessageEndingWith("this is not UTF-8 text.");
    }
}
