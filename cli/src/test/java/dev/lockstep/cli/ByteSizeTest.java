package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "1073741824, 1073741824",
        "7b, 7",
        "3K, 3000",
        "512M, 512000000",
        "512MB, 512000000",
        "2G, 2000000000",
        "2 gb, 2000000000",
        "1.5GiB, 1610612736",
        "1.5gi, 1610612736",
        "1KiB, 1024",
        "3TiB, 3298534883328",
        "1.9999, 1",
        "9223372036854775807, 9223372036854775807"
    })
    void readsSizes(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "G",
                "-1",
                "1.G",
                ".5G",
                "1e9",
                "2X",
                "2GG",
                "1iB",
                "2 G B",
                "١",
                "0",
                "0.9",
                "9223372036854775808",
                "99999999T"
            })
    void refusesWhatIsNoSize(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ByteSize.parse(text))
                .withMessageStartingWith("'" + text + "' is ");
    }
}
