package dev.lockstep.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models as files, from folders and from archives. */
class ModelStoreTest {
    private static final String RESOURCE = "dev/lockstep/models/jdk.gguf";

    @TempDir
    Path folder;

    private static byte[] content(long seed) {
        byte[] bytes = new byte[200_000];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private Path archive(byte[] content) throws IOException {
        Path archive = folder.resolve("models.jar");
        try (OutputStream out = Files.newOutputStream(archive);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry(RESOURCE));
            zip.write(content);
        }
        return archive;
    }

    /** A store that sees nothing but {@code resources}. */
    private ModelStore store(Path resources, Path... caches) throws IOException {
        URL url = resources.toUri().toURL();
        return new ModelStore(new URLClassLoader(new URL[] {url}, null), List.of(caches));
    }

    private static List<Path> files(Path cache) throws IOException {
        try (var all = Files.list(cache)) {
            return all.toList();
        }
    }

    @Test
    void aFileIsUsedWhereItLies() throws IOException {
        Path classes = folder.resolve("with space");
        Path file = classes.resolve(RESOURCE);
        Files.createDirectories(file.getParent());
        Files.write(file, content(1));
        ModelStore store = store(classes);
        assertThat(store.file(ShippedModel.JDK)).isEqualTo(file);
        assertThat(store.has(ShippedModel.JDK)).isTrue();
        assertThat(store.has(ShippedModel.JDK_DRAFT)).isFalse();
        assertThatIOException()
                .isThrownBy(() -> store.file(ShippedModel.JDK_DRAFT))
                .isInstanceOf(FileNotFoundException.class)
                .withMessage("the model jdk-draft is not in this build");
    }

    @Test
    void anArchiveIsUnpackedOnce() throws IOException {
        byte[] content = content(2);
        Path cache = folder.resolve("a/cache");
        ModelStore store = store(archive(content), cache);
        Path file = store.file(ShippedModel.JDK);
        assertThat(file).hasParent(cache).hasBinaryContent(content);
        assertThat(file.getFileName().toString()).matches("jdk-[0-9a-f]{8}-200000\\.gguf");
        Object key = Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();
        assertThat(store.file(ShippedModel.JDK)).isEqualTo(file);
        assertThat(Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                        .fileKey())
                .as("the same file, not made again")
                .isEqualTo(key);
        assertThat(files(cache)).containsExactly(file);
    }

    @Test
    void aDamagedCopyIsMadeAgain() throws IOException {
        byte[] content = content(3);
        Path cache = folder.resolve("cache");
        ModelStore store = store(archive(content), cache);
        Path file = store.file(ShippedModel.JDK);
        byte[] damaged = content.clone();
        damaged[100_000] ^= 1;
        Files.write(file, damaged);
        assertThat(store.file(ShippedModel.JDK)).isEqualTo(file).hasBinaryContent(content);
        Files.write(file, new byte[3]);
        assertThat(store.file(ShippedModel.JDK)).hasBinaryContent(content);
        assertThat(files(cache)).containsExactly(file);
    }

    @Test
    void anotherBuildsModelIsAnotherFile() throws IOException {
        Path cache = folder.resolve("cache");
        Path one = store(archive(content(4)), cache).file(ShippedModel.JDK);
        Path two = store(archive(content(5)), cache).file(ShippedModel.JDK);
        assertThat(two).isNotEqualTo(one).hasBinaryContent(content(5));
        assertThat(one).hasBinaryContent(content(4));
    }

    @Test
    void aDamagedArchiveIsRefused() throws IOException {
        Path archive = archive(content(6));
        byte[] bytes = Files.readAllBytes(archive);
        bytes[100_000] ^= 1;
        Files.write(archive, bytes);
        Path cache = folder.resolve("cache");
        ModelStore store = store(archive, cache);
        assertThatIOException().isThrownBy(() -> store.file(ShippedModel.JDK));
        assertThat(files(cache)).isEmpty();
    }

    @Test
    void aCacheThatOthersMayWriteToIsNotUsed() throws IOException {
        byte[] content = content(7);
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path blocked = Files.writeString(folder.resolve("file"), "").resolve("cache");
        Path cache = folder.resolve("cache");
        Path archive = archive(content);
        assertThat(store(archive, open, blocked, cache).file(ShippedModel.JDK))
                .hasParent(cache)
                .hasBinaryContent(content);
        assertThatIOException()
                .isThrownBy(() -> store(archive, open).file(ShippedModel.JDK))
                .withMessageContaining("others may write to it");
    }

    @Test
    void theUsersCacheFollowsXdg() {
        assertThat(ModelStore.userCaches("/some/where").getFirst()).isEqualTo(Path.of("/some/where/lockstep"));
        Path own = Path.of(System.getProperty("user.home"), ".cache", "lockstep");
        assertThat(ModelStore.userCaches("not/absolute").getFirst()).isEqualTo(own);
        assertThat(ModelStore.userCaches(null).getFirst()).isEqualTo(own);
    }

    @Test
    void namesAreFound() {
        assertThat(ShippedModel.named("jdk-draft")).contains(ShippedModel.JDK_DRAFT);
        assertThat(ShippedModel.named("JDK")).isEmpty();
        assertThat(ShippedModel.names()).isEqualTo("jdk, jdk-draft, jdk-diffusion");
    }
}
