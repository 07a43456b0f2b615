package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The proposer against scans of its texts. A failure names its seed; {@code -Dlockstep.seed=N} replays it. */
class SuffixProposerTest {
    private static final int GUESSES_MAX = 16;
    private static final long SALT = 11;

    @Test
    void guessesWhatScansOfItsOwnTextGuess() {
        ProposerTexts.seeds(100).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int[] text = ProposerTexts.text(random, 1 + random.nextInt(120));
            SuffixProposer proposer = new SuffixProposer(text.length, GUESSES_MAX, new RecentOutputs(0, 16), SALT);
            for (int length = 1; length <= text.length; length += 1 + random.nextInt(5)) {
                int[] request = Arrays.copyOf(text, length);
                int max = random.nextInt(GUESSES_MAX + 4);
                int[] expected = new NaiveText(request)
                        .follow(request, RecentOutputs.CONTEXT, Math.min(max, GUESSES_MAX))
                        .tokens();
                assertThat(guess(proposer, request, max)).as("seed %d", seed).isEqualTo(expected);
            }
        });
    }

    @Test
    void guessesTheBestOfItsOwnTextAndTheOutputsOfItsTenant() {
        ProposerTexts.seeds(100).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int half = 30 + random.nextInt(100);
            RecentOutputs outputs = new RecentOutputs(2, 2 * half);
            NaiveGenerations naive = new NaiveGenerations(half);
            int[] world = ProposerTexts.text(random, 150);
            int[] text = Arrays.copyOfRange(world, 50, 150);
            SuffixProposer proposer = new SuffixProposer(text.length, GUESSES_MAX, outputs, SALT);
            for (int length = 1; length <= text.length; length += 1 + random.nextInt(4)) {
                if (random.nextInt(4) == 0) {
                    int from = random.nextInt(world.length);
                    int to = from + random.nextInt(Math.min(80, world.length - from));
                    outputs.add(SALT, world, from, to);
                    naive.add(Arrays.copyOfRange(world, from, to));
                    outputs.add(SALT + 1, ProposerTexts.text(random, 20), 0, 20);
                }
                int[] request = Arrays.copyOf(text, length);
                assertThat(guess(proposer, request, GUESSES_MAX))
                        .as("seed %d, length %d", seed, length)
                        .isEqualTo(naive.guess(request));
            }
        });
    }

    /** Two generations as plain arrays, outputs with their ends. */
    private static final class NaiveGenerations {
        private final int half;
        private int[] young = {};
        private int[] old = {};

        NaiveGenerations(int half) {
            this.half = half;
        }

        void add(int[] output) {
            if (output.length == 0) {
                return;
            }
            int[] kept = Arrays.copyOfRange(output, Math.max(0, output.length - half + 1), output.length);
            int[] ended = NaiveText.with(kept, -1);
            if (young.length + ended.length > half) {
                old = young;
                young = new int[0];
            }
            young = IntStream.concat(Arrays.stream(young), Arrays.stream(ended)).toArray();
        }

        int[] guess(int[] request) {
            NaiveText.Guess best = new NaiveText.Guess(new int[0], 0);
            for (int[] text : new int[][] {request, young, old}) {
                NaiveText.Guess guess = new NaiveText(text).follow(request, RecentOutputs.CONTEXT, GUESSES_MAX);
                best = guess.expected() > best.expected() ? guess : best;
            }
            return best.tokens();
        }
    }

    private static int[] guess(SuffixProposer proposer, int[] tokens, int max) {
        int[] into = new int[max];
        return Arrays.copyOf(into, proposer.guess(tokens, tokens.length, max, into));
    }

    @Test
    void theMostFrequentContinuationIsFollowed() {
        int[] text = {1, 2, 3, 9, 1, 2, 3, 8, 1, 2, 4, 7, 1, 2};
        assertThat(guess(new SuffixProposer(20, 4, new RecentOutputs(0, 16), SALT), text, 1))
                .containsExactly(3);
    }

    @Test
    void aRepetitionIsGuessedBeyondTheEndOfTheText() {
        int[] text = {1, 2, 3, 1, 2, 3, 1, 2, 3};
        assertThat(guess(new SuffixProposer(20, 8, new RecentOutputs(0, 16), SALT), text, 8))
                .containsExactly(1, 2, 3, 1, 2, 3, 1, 2);
    }

    @Test
    void anotherTenantsOutputsAreNeverGuessed() {
        ProposerTexts.seeds(50).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int[] secret = random.ints(60, 100, 200).toArray();
            // Fewer places than tenants, so that one's memory becomes another's between two guesses.
            RecentOutputs outputs = new RecentOutputs(2, 200);
            SuffixProposer spy = new SuffixProposer(60, GUESSES_MAX, outputs, SALT);
            int[] mine = random.ints(20, 0, 3).toArray();
            for (int length = 1; length < 60; length++) {
                long tenant = SALT + random.nextInt(4);
                boolean own = tenant == SALT;
                outputs.add(tenant, own ? mine : secret, 0, own ? mine.length : secret.length);
                int[] probe = Arrays.copyOf(secret, length);
                assertThat(IntStream.of(guess(spy, probe, GUESSES_MAX)).boxed())
                        .as("seed %d: guesses behind %d tokens of another tenant's output", seed, length)
                        .isSubsetOf(IntStream.of(probe).boxed().toList());
            }
        });
    }

    @Test
    void theTenantItselfDoesGetItsOutputsBack() {
        RecentOutputs outputs = new RecentOutputs(1, 200);
        int[] output = IntStream.range(100, 160).toArray();
        outputs.add(SALT, output, 0, output.length);
        assertThat(guess(new SuffixProposer(60, 4, outputs, SALT), new int[] {5, 100, 101}, 4))
                .containsExactly(102, 103, 104, 105);
        assertThat(guess(new SuffixProposer(60, 4, outputs, SALT + 1), new int[] {5, 100, 101}, 4))
                .isEmpty();
    }

    @Test
    void theOldestOutputsAndTheTenantNotSeenForLongestLeave() {
        RecentOutputs outputs = new RecentOutputs(2, 40);
        add(outputs, 1, 100);
        add(outputs, 2, 200);
        assertThat(knows(outputs, 1, 100)).isTrue();
        add(outputs, 3, 300);
        assertThat(knows(outputs, 2, 200))
                .as("tenant 2 was not seen for longest")
                .isFalse();
        assertThat(knows(outputs, 1, 100)).isTrue();
        add(outputs, 1, 110);
        assertThat(knows(outputs, 1, 100)).as("one output in each half").isTrue();
        add(outputs, 1, 120);
        assertThat(knows(outputs, 1, 100)).as("the oldest of three").isFalse();
        assertThat(knows(outputs, 1, 110)).isTrue();
        assertThat(knows(outputs, 1, 120)).isTrue();
    }

    private static void add(RecentOutputs outputs, long salt, int first) {
        outputs.add(salt, IntStream.range(first, first + 10).toArray(), 0, 10);
    }

    private static boolean knows(RecentOutputs outputs, long salt, int first) {
        return guess(new SuffixProposer(60, 4, outputs, salt), new int[] {first, first + 1}, 1).length > 0;
    }

    @Test
    void limitsAreInTheMessage() {
        assertThatThrownBy(() -> new RecentOutputs(-1, 100)).hasMessageContaining("of -1 tenants");
        assertThatThrownBy(() -> new RecentOutputs(1, 15)).hasMessageContaining("of 15 tokens");
        SuffixProposer proposer = new SuffixProposer(4, 2, new RecentOutputs(0, 16), SALT);
        guess(proposer, new int[] {1, 2, 3}, 2);
        assertThatThrownBy(() -> guess(proposer, new int[] {1}, 2)).hasMessageContaining("request of 1 tokens");
        assertThatThrownBy(() -> guess(proposer, new int[5], 2)).hasMessageContaining("more than 4 tokens");
        assertThat(SuffixProposer.bytes(1_000) / 1_000.0).isCloseTo(130, within(15.0));
        assertThat(RecentOutputs.bytes(3, 2_000)).isEqualTo(6 * SuffixProposer.bytes(1_000));
    }
}
