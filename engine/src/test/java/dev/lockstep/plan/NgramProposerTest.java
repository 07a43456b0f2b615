package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The proposer against a scan of the whole text. A failure names its seed; {@code -Dlockstep.seed=N} replays it. */
class NgramProposerTest {
    @Test
    void guessesWhatAScanOfTheWholeTextGuesses() {
        ProposerTexts.seeds(300).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int shortest = 1 + random.nextInt(3);
            int longest = shortest + random.nextInt(4);
            int[] text = ProposerTexts.text(random, 1 + random.nextInt(200));
            NgramProposer proposer = new NgramProposer(shortest, longest, text.length);
            for (int length = 1; length <= text.length; length += 1 + random.nextInt(3)) {
                int max = random.nextInt(12);
                int[] into = new int[max + 1];
                int count = proposer.guess(text, length, max, into);
                assertThat(Arrays.copyOf(into, count))
                        .as("seed %d: n of %d to %d, length %d", seed, shortest, longest, length)
                        .isEqualTo(scan(Arrays.copyOf(text, length), shortest, longest, max));
                assertThat(into[max]).as("seed %d: behind the guesses", seed).isZero();
            }
        });
    }

    private static int[] scan(int[] text, int shortest, int longest, int max) {
        int length = text.length;
        for (int n = Math.min(longest, length); n >= shortest; n--) {
            for (int end = length - 1; end >= n; end--) {
                if (Arrays.equals(text, end - n, end, text, length - n, length)) {
                    int[] copied = Arrays.copyOf(text, length + max);
                    for (int i = 0; i < max; i++) {
                        copied[length + i] = copied[end + i];
                    }
                    return Arrays.copyOfRange(copied, length, length + max);
                }
            }
        }
        return new int[0];
    }

    @Test
    void theLastOccurrenceCounts() {
        int[] text = {1, 2, 7, 1, 2, 8, 1, 2};
        int[] into = new int[4];
        assertThat(new NgramProposer(text.length).guess(text, text.length, 4, into))
                .isEqualTo(4);
        assertThat(into).containsExactly(8, 1, 2, 8);
    }

    @Test
    void aLongerAgreementCountsMoreThanALaterOne() {
        int[] text = {5, 1, 2, 7, 6, 1, 2, 8, 5, 1, 2};
        int[] into = new int[1];
        new NgramProposer(text.length).guess(text, text.length, 1, into);
        assertThat(into).containsExactly(7);
    }

    @Test
    void limitsAreInTheMessage() {
        assertThatThrownBy(() -> new NgramProposer(0, 5, 10)).hasMessageContaining("n-grams of 0 to 5 tokens");
        assertThatThrownBy(() -> new NgramProposer(3, 2, 10)).hasMessageContaining("n-grams of 3 to 2 tokens");
        assertThatThrownBy(() -> new NgramProposer(0)).hasMessageContaining("request of 0 tokens");
        NgramProposer proposer = new NgramProposer(4);
        assertThatThrownBy(() -> proposer.guess(new int[5], 5, 1, new int[1])).hasMessageContaining("0 to 4");
        proposer.guess(new int[4], 4, 1, new int[1]);
        assertThatThrownBy(() -> proposer.guess(new int[4], 2, 1, new int[1])).hasMessageContaining("3 to 4");
    }

    @Test
    void tablesTakeWhatIsSaid() {
        assertThat(NgramProposer.bytes(2, 5, 4_096)).isEqualTo(4 * 8_192 * 4);
        assertThat(NgramProposer.bytes(1, 1, 1)).isEqualTo(2 * 4);
        assertThat(NgramProposer.bytes(1, 1, 3)).isEqualTo(8 * 4);
    }
}
