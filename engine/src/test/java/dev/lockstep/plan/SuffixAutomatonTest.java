package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The automaton against scans of its text. A failure names its seed; {@code -Dlockstep.seed=N} replays it. */
class SuffixAutomatonTest {
    @Test
    void knowsWhatScansOfTheTextFind() {
        ProposerTexts.seeds(200).forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int context = 1 + random.nextInt(6);
            int[] text = ProposerTexts.text(random, 1 + random.nextInt(70));
            SuffixAutomaton automaton = new SuffixAutomaton(70, context);
            if (random.nextBoolean()) {
                fill(automaton, ProposerTexts.text(random, 70));
                automaton.clear();
            }
            for (int length = 1; length <= text.length; length++) {
                automaton.append(text[length - 1]);
                if (length % 10 == 0 || length == text.length) {
                    compare(automaton, Arrays.copyOf(text, length), context, seed);
                }
            }
        });
    }

    private static void fill(SuffixAutomaton automaton, int[] text) {
        for (int token : text) {
            automaton.append(token);
        }
    }

    private static void compare(SuffixAutomaton automaton, int[] text, int context, int seed) {
        NaiveText naive = new NaiveText(text);
        for (int from = 0; from < text.length; from++) {
            for (int n = 0; n <= context + 1 && from + n <= text.length; n++) {
                int[] run = Arrays.copyOfRange(text, from, from + n);
                int state = walk(automaton, run);
                String what = "seed " + seed + ", context " + context + ": " + Arrays.toString(run) + " in "
                        + Arrays.toString(text);
                if (n > 0) {
                    assertThat(automaton.count(state)).as(what).isEqualTo(naive.count(run));
                }
                if (n <= context) {
                    assertThat(automaton.followed(state)).as(what).isEqualTo(naive.followed(run));
                    assertThat(automaton.best(state)).as(what).isEqualTo(naive.best(run));
                }
            }
        }
        int[] end = Arrays.copyOfRange(text, Math.max(0, text.length - context), text.length);
        assertThat(automaton.suffixLength()).as("seed %d", seed).isEqualTo(end.length);
        assertThat(automaton.suffix()).as("seed %d", seed).isEqualTo(walk(automaton, end));
        assertThat(walk(automaton, NaiveText.with(text, 7))).as("seed %d", seed).isEqualTo(-1);
    }

    private static int walk(SuffixAutomaton automaton, int[] run) {
        int state = SuffixAutomaton.ROOT;
        for (int i = 0; i < run.length && state >= 0; i++) {
            state = automaton.target(state, run[i]);
        }
        return state;
    }

    /** The texts that make most states (Blumer et al.: abb…b) and transitions (abb…bc), and those of one token. */
    @Test
    void thereIsRoomForTheWorstTexts() {
        for (int length = 1; length <= 300; length++) {
            int[] states = new int[length];
            Arrays.fill(states, 2);
            fill(new SuffixAutomaton(length, 32), states);
            states[0] = 1;
            fill(new SuffixAutomaton(length, 32), states);
            states[length - 1] = 3;
            SuffixAutomaton full = new SuffixAutomaton(length, 32);
            fill(full, states);
            int most = length;
            assertThatThrownBy(() -> full.append(1)).hasMessageContaining("more than " + most + " tokens");
        }
    }

    @Test
    void anyTokenIsAToken() {
        SuffixAutomaton automaton = new SuffixAutomaton(4, 4);
        fill(automaton, new int[] {-1, Integer.MAX_VALUE, 0, -1});
        assertThat(automaton.best(walk(automaton, new int[] {-1}))).isEqualTo(Integer.MAX_VALUE);
        assertThat(automaton.count(walk(automaton, new int[] {-1}))).isEqualTo(2);
    }

    @Test
    void arraysTakeWhatIsSaid() {
        assertThat(SuffixAutomaton.bytes(4_096) / 4_096.0).isBetween(120.0, 145.0);
        assertThatThrownBy(() -> new SuffixAutomaton(0, 1)).hasMessageContaining("of 0 tokens");
    }
}
