package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.train.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSourceTest {
    @TempDir
    Path folder;

    private void write(String path, byte[] bytes) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    private void write(String path, String text) throws IOException {
        write(path, text.getBytes(StandardCharsets.UTF_8));
    }

    private CorpusSource.Files read() throws IOException {
        return new FolderSource(folder).read(Progress.SILENT);
    }

    private static List<String> paths(List<Document> documents) {
        return documents.stream().map(Document::path).toList();
    }

    @Test
    void readsTextInTheOrderOfPaths() throws IOException {
        write("b/two.txt", "zwei");
        write("b.txt", "eins €");
        write("a/z/one.md", "drei");
        write("B.txt", "vier");
        CorpusSource.Files files = read();
        assertThat(files.heldOut()).hasSize(1);
        assertThat(paths(files.training())).hasSize(3).isSorted();
        assertThat(paths(files.training()))
                .doesNotContain(files.heldOut().getFirst().path());
        assertThat(files.unreadable()).isEqualTo(Tally.NONE);
        for (Document document : files.training()) {
            assertThat(document.text()).isEqualTo(Files.readAllBytes(folder.resolve(document.path())));
            int slash = document.path().indexOf('/');
            assertThat(document.module())
                    .isEqualTo(slash < 0 ? "" : document.path().substring(0, slash));
        }
    }

    @Test
    void leavesOutWhatIsNoText() throws IOException {
        write("one.txt", "one");
        write("two.txt", "two");
        write("binary", new byte[] {'a', 0, 'b'});
        write("latin1.txt", new byte[] {'a', (byte) 0xE9, 'b'});
        write("large.txt", new byte[CorpusSource.FILE_BYTES_MAX + 1]);
        CorpusSource.Files files = read();
        assertThat(files.training().size() + files.heldOut().size()).isEqualTo(2);
        assertThat(files.unreadable()).isEqualTo(new Tally(3, 6 + CorpusSource.FILE_BYTES_MAX + 1));
    }

    @Test
    void leavesOutHiddenFilesAndLinks() throws IOException {
        write("one.txt", "one");
        write("two.txt", "two");
        write(".hidden", "hidden");
        write(".git/config", "hidden");
        Files.createSymbolicLink(folder.resolve("link.txt"), folder.resolve("one.txt"));
        Files.createSymbolicLink(folder.resolve("loop"), folder);
        CorpusSource.Files files = read();
        assertThat(files.training().size() + files.heldOut().size()).isEqualTo(2);
        assertThat(files.unreadable()).isEqualTo(Tally.NONE);
    }

    @Test
    void holdsOutOneFileInAHundredWhateverElseThereIs() throws IOException {
        for (int i = 0; i < 1000; i++) {
            write("text/" + i + ".txt", "text " + i);
        }
        List<String> heldOut = paths(read().heldOut());
        assertThat(heldOut).hasSizeBetween(3, 20);
        for (int i = 1000; i < 1500; i++) {
            write("text/" + i + ".txt", "text " + i);
        }
        assertThat(paths(read().heldOut())).containsAll(heldOut);
        assertThat(paths(read().training())).doesNotContainAnyElementsOf(heldOut);
    }

    @Test
    void refusesWhatIsTooLittle() throws IOException {
        assertThatThrownBy(this::read)
                .isInstanceOf(CorpusException.class)
                .hasMessage(folder + ": 0 files of text, at least 2 are needed: one to learn from and one to measure"
                        + " with.");
        write("one.txt", "one");
        assertThatThrownBy(this::read).isInstanceOf(CorpusException.class).hasMessageContaining(": 1 files of text");
        assertThatThrownBy(() -> new FolderSource(folder.resolve("one.txt")).read(Progress.SILENT))
                .isInstanceOf(CorpusException.class)
                .hasMessage(folder.resolve("one.txt") + ": this is not a folder.");
    }
}
