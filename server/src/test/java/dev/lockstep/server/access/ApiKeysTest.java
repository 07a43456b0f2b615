package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiKeysTest {
    /** SHA-256 of "abc" (FIPS 180-4, example B.1 of its predecessor 180-2). */
    private static final String ABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void aKeyIsFoundByItsHash() {
        ApiKeys keys = ApiKeys.parse(List.of("# comment", "", "alice " + ABC), Limits.DEFAULTS);
        assertThat(keys.find("abc")).map(Client::name).contains("alice");
        assertThat(keys.find("abd")).isEmpty();
        assertThat(keys.find("")).isEmpty();
        assertThat(keys.find(ABC)).as("the hash itself opens nothing").isEmpty();
    }

    @Test
    void whatALineDoesNotSayIsTheServersLimit() {
        Limits limits = Limits.DEFAULTS.toBuilder()
                .keyRequestsPerSecond(7)
                .keyConcurrent(3)
                .build();
        ApiKeys keys = ApiKeys.parse(
                List.of("plain " + ABC, ApiKeys.line("rich", "xyz", List.of("weight=4", "rps=0.5", "concurrent=9"))),
                limits);
        assertThat(keys.find("abc")).contains(new Client("plain", 1, 7, 3));
        assertThat(keys.find("xyz")).contains(new Client("rich", 4, 0.5, 9));
        assertThat(keys.names()).containsExactly("plain", "rich");
    }

    @Test
    void newKeysAreLongAndUnlike() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            String key = ApiKeys.newKey();
            assertThat(key).startsWith(ApiKeys.PREFIX);
            assertThat(Base64.getUrlDecoder().decode(key.substring(ApiKeys.PREFIX.length())))
                    .hasSize(ApiKeys.KEY_BYTES);
            keys.add(key);
        }
        assertThat(keys).hasSize(1000);
        String key = keys.iterator().next();
        ApiKeys file = ApiKeys.parse(List.of(ApiKeys.line("bob", key, List.of())), Limits.DEFAULTS);
        assertThat(file.find(key)).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "alice | line 1: must be a name and 'sha256:' with 64 hexadecimal digits",
                "alice secret | line 1: must be a name and 'sha256:' with 64 hexadecimal digits",
                "alice sha256:abc | line 1: after 'sha256:' must be 64 hexadecimal digits, there are 3 characters",
                "al/ice HASH | line 1: name 'al/ice', must be 1 to 64 letters, digits, '.', '_', '@' or '-'",
                "alice HASH weight=0 | line 1: weight is 0, must be 1 to 1000",
                "alice HASH rps=-1 | line 1: rps is -1.0, must be 0 to 1000000",
                "alice HASH rps=NaN | line 1: rps is NaN, must be 0 to 1000000",
                "alice HASH concurrent=-2 | line 1: concurrent is -2, must be at least 0",
                "alice HASH concurrent=x | line 1: concurrent is 'x', must be a number",
                "alice HASH colour=red | line 1: setting 'colour' is not known; known: weight, rps, concurrent"
            })
    void aBrokenLineIsOneSentence(String line, String message) {
        assertThatThrownBy(() -> ApiKeys.parse(List.of(line.replace("HASH", ABC)), Limits.DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void aNameOrKeyMayBeThereOnce() {
        assertThatThrownBy(() -> ApiKeys.parse(List.of("a " + ABC, "b " + ABC), Limits.DEFAULTS))
                .hasMessage("line 2: the key of 'b' is there twice");
        assertThatThrownBy(() ->
                        ApiKeys.parse(List.of("a " + ABC, ApiKeys.line("a", "other", List.of())), Limits.DEFAULTS))
                .hasMessage("line 2: the name 'a' is there twice");
    }
}
