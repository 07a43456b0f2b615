package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChainGuesserTest {
    /** Guesses {@code token}, {@code count} times. */
    private static Guesser always(int token, int count) {
        return (tokens, length, max, into) -> {
            int guesses = Math.min(count, max);
            Arrays.fill(into, 0, guesses, token);
            return guesses;
        };
    }

    private static int[] guess(int enough, int max, Guesser... guessers) {
        int[] into = new int[max];
        int count = new ChainGuesser(List.of(guessers), enough, 8).guess(new int[] {1}, 1, max, into);
        return Arrays.copyOf(into, count);
    }

    @Test
    void theFirstThatHasEnoughIsHeard() {
        assertThat(guess(2, 8, always(5, 1), always(6, 2), always(7, 3))).containsExactly(6, 6);
    }

    @Test
    void ifNoneHasEnoughTheMostGuessesWinAndTheFirstAmongEquals() {
        assertThat(guess(4, 8, always(5, 1), always(6, 3), always(7, 3), always(8, 2)))
                .containsExactly(6, 6, 6);
        assertThat(guess(4, 8, always(5, 0))).isEmpty();
        assertThat(guess(1, 8)).isEmpty();
    }

    @Test
    void whatIsWantedIsEnough() {
        assertThat(guess(4, 2, always(5, 3), always(6, 4))).containsExactly(5, 5);
        assertThat(guess(4, 0, always(5, 3))).isEmpty();
        assertThat(guess(20, 12, always(5, 30), always(6, 40))).containsExactly(5, 5, 5, 5, 5, 5, 5, 5);
    }

    @Test
    void allTakeTheTokensInIfNoGuessIsWanted() {
        List<Integer> asked = new ArrayList<>();
        Guesser first = (tokens, length, max, into) -> asked.add(1) ? 0 : 0;
        Guesser second = (tokens, length, max, into) -> asked.add(2) ? 0 : 0;
        assertThat(guess(1, 0, first, second)).isEmpty();
        assertThat(asked).containsExactly(1, 2);
    }

    @Test
    void enoughIsAtLeastOne() {
        assertThatThrownBy(() -> guess(0, 1)).hasMessageContaining("with 0 guesses");
    }
}
