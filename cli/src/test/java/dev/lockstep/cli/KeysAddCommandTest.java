package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.access.ApiKeys;
import dev.lockstep.server.access.Client;
import dev.lockstep.server.access.KeyFile;
import dev.lockstep.server.access.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeysAddCommandTest {
    @TempDir
    Path folder;

    @Test
    void aKeyIsPrintedOnceAndOpensByItsHash() throws Exception {
        Path file = folder.resolve("keys.txt");
        Result first =
                Result.of("keys", "add", "alice", "--keys", file.toString()).done();
        Result second = Result.of(
                        "keys",
                        "add",
                        "bob",
                        "--keys",
                        file.toString(),
                        "--weight",
                        "2",
                        "--rps",
                        "0.5",
                        "--concurrent",
                        "3")
                .done();
        String key = first.out().strip();
        assertThat(key).startsWith(ApiKeys.PREFIX);
        assertThat(first.err()).doesNotContain(key).contains("added 'alice' to " + file);
        assertThat(Files.readString(file)).doesNotContain(key).doesNotContain(ApiKeys.PREFIX);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        KeyFile keys = KeyFile.open(file, Limits.DEFAULTS);
        assertThat(keys.find(key)).map(Client::name).contains("alice");
        assertThat(keys.find(second.out().strip())).contains(new Client("bob", 2, 0.5, 3));
    }

    @Test
    void aFileWithoutALastLineBreakIsNotSpoilt() throws Exception {
        Path file = Files.writeString(folder.resolve("keys.txt"), "# ours");
        Result.of("keys", "add", "alice", "--keys", file.toString(), "-q").done();
        assertThat(Files.readAllLines(file)).hasSize(2).first().isEqualTo("# ours");
    }

    @Test
    void whatCannotBeAddedIsRefusedAndNothingIsWritten() throws Exception {
        Path file = folder.resolve("keys.txt");
        assertThat(Result.of("keys", "add", "al/ice", "--keys", file.toString()).refused(ExitCode.USAGE))
                .contains("name 'al/ice', must be 1 to 64 letters");
        assertThat(file).doesNotExist();
        Result.of("keys", "add", "alice", "--keys", file.toString()).done();
        String before = Files.readString(file);
        assertThat(Result.of("keys", "add", "alice", "--keys", file.toString()).refused(ExitCode.USAGE))
                .contains("the name 'alice' is there twice");
        assertThat(Result.of("keys", "add", "bob", "--keys", file.toString(), "--weight", "0")
                        .refused(ExitCode.USAGE))
                .contains("weight is 0, must be 1 to 1000");
        assertThat(Files.readString(file)).isEqualTo(before);
    }
}
