package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {
    private final Philox philox = new Philox();

    /** The answers that the paper's authors publish: Random123, {@code tests/kat_vectors}, {@code philox4x32 10}. */
    @ParameterizedTest
    @CsvSource({
        "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
        "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"
    })
    void givesThePublishedAnswers(String counter, String key, String answer) {
        int[] c = words(counter);
        int[] k = words(key);
        philox.compute((long) k[1] << 32 | k[0] & 0xFFFFFFFFL, c[0], c[1], c[2], c[3]);
        assertThat(block()).isEqualTo(words(answer));
    }

    @Test
    void everyWordOfCounterAndKeyMatters() {
        Set<String> blocks = new HashSet<>();
        for (int bit = 0; bit < 32; bit++) {
            int one = 1 << bit;
            philox.compute(0, one, 0, 0, 0);
            blocks.add(text());
            philox.compute(0, 0, one, 0, 0);
            blocks.add(text());
            philox.compute(0, 0, 0, one, 0);
            blocks.add(text());
            philox.compute(0, 0, 0, 0, one);
            blocks.add(text());
            philox.compute(one & 0xFFFFFFFFL, 0, 0, 0, 0);
            blocks.add(text());
            philox.compute((long) one << 32, 0, 0, 0, 0);
            blocks.add(text());
        }
        assertThat(blocks).hasSize(6 * 32);
    }

    private int[] block() {
        return new int[] {philox.word(0), philox.word(1), philox.word(2), philox.word(3)};
    }

    private String text() {
        return Arrays.toString(block());
    }

    private static int[] words(String hex) {
        return Arrays.stream(hex.split(" "))
                .mapToInt(word -> Integer.parseUnsignedInt(word, 16))
                .toArray();
    }
}
