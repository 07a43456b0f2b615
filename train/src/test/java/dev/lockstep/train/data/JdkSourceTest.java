package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.train.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdkSourceTest {
    @TempDir
    Path folder;

    private Path archive(String... paths) throws IOException {
        Path archive = folder.resolve("src.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            for (String path : paths) {
                zip.putNextEntry(new ZipEntry(path));
                if (!path.endsWith("/")) {
                    zip.write(("text of " + path).getBytes(StandardCharsets.UTF_8));
                }
            }
        }
        return archive;
    }

    private static List<String> paths(List<Document> documents) {
        return documents.stream().map(Document::path).toList();
    }

    @Test
    void holdsOutFourModulesAndIgnoresTheOrderOfTheArchive() throws IOException {
        Path archive = archive(
                "java.sql/",
                "java.sql/b/B.java",
                "java.base/z/Z.java",
                "java.sql.rowset/C.java",
                "java.base/a/A.java",
                "jdk.httpserver/D.java",
                "java.sql/a/A.java");
        CorpusSource.Files files = new JdkSource(archive, Set.of()).read(Progress.SILENT);
        assertThat(paths(files.training()))
                .containsExactly("java.base/a/A.java", "java.base/z/Z.java", "java.sql.rowset/C.java");
        assertThat(paths(files.heldOut()))
                .containsExactly("java.sql/a/A.java", "java.sql/b/B.java", "jdk.httpserver/D.java");
        assertThat(files.training().getFirst())
                .satisfies(document -> assertThat(document.module()).isEqualTo("java.base"))
                .satisfies(document -> assertThat(document.string()).isEqualTo("text of java.base/a/A.java"));
    }

    @Test
    void readsSomeModulesOnly() throws IOException {
        Path archive = archive("java.base/A.java", "java.xml/B.java", "java.sql/C.java", "java.prefs/D.java");
        CorpusSource.Files files = new JdkSource(archive, Set.of("java.base", "java.prefs")).read(Progress.SILENT);
        assertThat(paths(files.training())).containsExactly("java.base/A.java");
        assertThat(paths(files.heldOut())).containsExactly("java.prefs/D.java");
    }

    @Test
    void saysHowToGetWhatIsMissing() {
        Path missing = folder.resolve("src.zip");
        assertThatThrownBy(() -> new JdkSource(missing, Set.of()).read(Progress.SILENT))
                .isInstanceOf(CorpusException.class)
                .hasMessageStartingWith(missing + ": the JDK's sources are not there; some packages ship them")
                .hasMessageContaining("openjdk-25-source");
    }

    @Test
    void refusesAnArchiveThatCannotServe() throws IOException {
        Path archive = archive("java.base/A.java");
        assertThatThrownBy(() -> new JdkSource(archive, Set.of()).read(Progress.SILENT))
                .isInstanceOf(CorpusException.class)
                .hasMessage(archive + ": no file of the modules to be held out, [java.logging, java.prefs, java.sql,"
                        + " jdk.httpserver], so nothing could be measured.");
        Files.writeString(archive, "no archive at all");
        assertThatThrownBy(() -> new JdkSource(archive, Set.of()).read(Progress.SILENT))
                .isInstanceOf(CorpusException.class)
                .hasMessageStartingWith(archive + ": this is not a whole zip archive (");
    }
}
