package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetokenizerTest {
    private static final int[] INTERESTING_BYTES = {
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xEF,
        0xF0, 0xF1, 0xF4, 0xF5, 0xF8, 0xFF
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void anyCutOfAnyBytesGivesTheSameText(long seed) {
        Random random = new Random(seed);
        Detokenizer detokenizer = new Detokenizer(null);
        for (int round = 0; round < 20_000; round++) {
            byte[] all = round % 2 == 0 ? validBytes(random) : anyBytes(random);
            StringBuilder text = new StringBuilder();
            for (int at = 0; at < all.length; ) {
                int end = Math.min(all.length, at + random.nextInt(5));
                text.append(detokenizer.append(Arrays.copyOfRange(all, at, end)));
                at = end;
            }
            text.append(detokenizer.finish());
            assertThat(text.toString())
                    .as(
                            "seed %d, round %d, bytes %s",
                            seed, round, HexFormat.of().formatHex(all))
                    .isEqualTo(new String(all, StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7})
    void validTextIsNeverCutInsideACharacter(long seed) {
        Random random = new Random(seed);
        Detokenizer detokenizer = new Detokenizer(null);
        for (int round = 0; round < 2_000; round++) {
            byte[] all = validBytes(random);
            for (byte value : all) {
                assertThat(detokenizer.append(new byte[] {value}))
                        .as(
                                "seed %d, round %d, bytes %s",
                                seed, round, HexFormat.of().formatHex(all))
                        .doesNotContain("\uFFFD");
            }
            assertThat(detokenizer.finish())
                    .as("seed %d, round %d", seed, round)
                    .isEmpty();
        }
    }

    /** Bytes that can no longer become a character are given out at once. */
    @ParameterizedTest
    @CsvSource({
        "C3,28,'\uFFFD('",
        "E2,82,''",
        "E0,80,'\uFFFD\uFFFD'",
        "ED,A0,''",
        "F4,90,'\uFFFD\uFFFD'",
        "F0,9F,''",
        "80,80,'\uFFFD\uFFFD'",
        "C3,C3,'\uFFFD'",
        "F8,41,'\uFFFDA'"
    })
    void holdsBackOnlyWhatCanStillBecomeACharacter(String first, String second, String text) {
        Detokenizer detokenizer = new Detokenizer(null);
        String got = detokenizer.append(HexFormat.of().parseHex(first))
                + detokenizer.append(HexFormat.of().parseHex(second));
        assertThat(got).isEqualTo(text);
    }

    @Test
    void putsCharactersTogetherFromByteTokens() throws Exception {
        Tokenizer tokenizer = Vocabularies.sentencePiece().add("▁").add("▁hi").tokenizer();
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        int firstByte = 3;
        assertThat(detokenizer.append(firstByte + 0xF0)).isEmpty();
        assertThat(detokenizer.append(firstByte + 0x9F)).isEmpty();
        assertThat(detokenizer.append(firstByte + 0x98)).isEmpty();
        assertThat(detokenizer.append(1)).as("a control token adds nothing").isEmpty();
        assertThat(detokenizer.append(firstByte + 0x80)).isEqualTo("😀");
        assertThat(detokenizer.append(firstByte + 256 + 1)).isEqualTo(" hi");
        assertThat(detokenizer.append(firstByte + 0xC3)).isEmpty();
        assertThat(detokenizer.finish()).isEqualTo("\uFFFD");
        assertThat(detokenizer.finish()).isEmpty();
    }

    @Test
    void takesTokensLongerThanItsBuffer() {
        Detokenizer detokenizer = new Detokenizer(null);
        String text = "é".repeat(1000);
        byte[] bytes = ("x" + text + "y").getBytes(StandardCharsets.UTF_8);
        String got = detokenizer.append(Arrays.copyOf(bytes, bytes.length - 2));
        assertThat(got).isEqualTo("x" + text.substring(1));
        assertThat(detokenizer.append(Arrays.copyOfRange(bytes, bytes.length - 2, bytes.length)))
                .isEqualTo("éy");
    }

    private static byte[] anyBytes(Random random) {
        byte[] bytes = new byte[random.nextInt(12)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) INTERESTING_BYTES[random.nextInt(INTERESTING_BYTES.length)];
        }
        return bytes;
    }

    private static byte[] validBytes(Random random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int[] limits = {0x80, 0x800, 0xD800, 0x110000};
        for (int count = random.nextInt(8); count > 0; count--) {
            int codePoint = random.nextInt(limits[random.nextInt(limits.length)]);
            if (codePoint < 0xD800 || codePoint > 0xDFFF) {
                bytes.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }
}
