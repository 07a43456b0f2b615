package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path folder;

    private final AtomicLong clock = new AtomicLong();
    private int writes;

    private Path write(String... lines) throws IOException {
        Path file = folder.resolve("keys");
        Files.write(file, List.of(lines));
        // Two writes may come within what the file system tells apart.
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000L * ++writes));
        return file;
    }

    private static String line(String name, String key) {
        return ApiKeys.line(name, key, List.of());
    }

    @Test
    void aChangedFileIsReadAtMostOnceASecond() throws Exception {
        Path file = write(line("alice", "one"));
        KeyFile keys = KeyFile.open(file, Limits.DEFAULTS, clock::get);
        assertThat(keys.find("one")).isPresent();
        write(line("bob", "two"));
        clock.set(SECOND - 1);
        assertThat(keys.find("two")).as("within the second").isEmpty();
        clock.set(SECOND);
        assertThat(keys.find("two")).map(Client::name).contains("bob");
        assertThat(keys.find("one")).as("taken out of the file").isEmpty();
    }

    @Test
    void aBrokenFileKeepsTheKeysUntilItIsWhole() throws Exception {
        Path file = write(line("alice", "one"));
        KeyFile keys = KeyFile.open(file, Limits.DEFAULTS, clock::get);
        write("alice sha256:half");
        clock.addAndGet(SECOND);
        assertThat(keys.find("one")).isPresent();
        Files.delete(file);
        clock.addAndGet(SECOND);
        assertThat(keys.find("one")).isPresent();
        assertThat(keys.reload()).isFalse();
        write(line("bob", "two"));
        clock.addAndGet(SECOND);
        assertThat(keys.find("one")).isEmpty();
        assertThat(keys.find("two")).isPresent();
    }

    @Test
    void reloadDoesNotWait() throws Exception {
        Path file = write(line("alice", "one"));
        KeyFile keys = KeyFile.open(file, Limits.DEFAULTS, clock::get);
        write(line("bob", "two"));
        assertThat(keys.reload()).isTrue();
        assertThat(keys.keys().names()).containsExactly("bob");
    }

    @Test
    void aFileThatCannotBeUsedIsOneSentence() throws Exception {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> KeyFile.open(missing, Limits.DEFAULTS))
                .isInstanceOf(IOException.class)
                .hasMessage("the key file " + missing + " does not exist");
        Path file = write("# nobody");
        assertThatThrownBy(() -> KeyFile.open(file, Limits.DEFAULTS))
                .hasMessage("the key file " + file + " has no key, so nobody could come in");
        write("alice sha256:abc");
        assertThatThrownBy(() -> KeyFile.open(file, Limits.DEFAULTS))
                .hasMessageStartingWith("the key file " + file + ", line 1: after 'sha256:'");
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> KeyFile.open(file, Limits.DEFAULTS))
                .hasMessage("the key file " + file + " is not text in UTF-8");
    }
}
