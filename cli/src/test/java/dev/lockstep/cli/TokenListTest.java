package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenListTest {
    @ParameterizedTest
    @ValueSource(strings = {"1,5,9", "1 5 9", " 1 , 5\n9\n", "[1,5,9]", " [ 1, 5, 9 ] ", "+1,05,9"})
    void readsIds(String text) {
        assertThat(TokenList.parse(text).ids()).containsExactly(1, 5, 9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[]", "1,,2", "1,", "x", "1.5", "[1,2", "2147483648", "@", "@no-such-file", "@."})
    void refusesWhatIsNoList(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> TokenList.parse(text));
    }

    @Test
    void readsIdsFromAFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("ids"), "1 5\r\n9\n");
        assertThat(TokenList.parse("@" + file).ids()).containsExactly(1, 5, 9);
    }
}
