package dev.lockstep.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What {@link SuffixAutomaton} and {@link Continuation} know of a text, by scanning all of it for each question. */
record NaiveText(int[] text) {
    /** How often a run occurs. */
    int count(int[] run) {
        int count = 0;
        for (int i = 0; i + run.length <= text.length; i++) {
            count += at(run, i) ? 1 : 0;
        }
        return count;
    }

    /** How often a run has a token behind it. */
    int followed(int[] run) {
        int count = 0;
        for (int i = 0; i + run.length < text.length; i++) {
            count += at(run, i) ? 1 : 0;
        }
        return count;
    }

    /** What follows a run most often, the last among equals; {@link SuffixAutomaton#NOTHING} if nothing does. */
    int best(int[] run) {
        int best = SuffixAutomaton.NOTHING;
        int most = 0;
        for (int i = text.length - run.length - 1; i >= 0; i--) {
            if (at(run, i) && count(with(run, text[i + run.length])) > most) {
                best = text[i + run.length];
                most = count(with(run, best));
            }
        }
        return best;
    }

    /** Tokens and what is expected of them. */
    record Guess(int[] tokens, double expected) {}

    /** How a request goes on in this text. */
    Guess follow(int[] request, int context, int max) {
        int[] tokens = request;
        double likelihood = 1;
        double expected = 0;
        int limit = max;
        List<Integer> guesses = new ArrayList<>();
        while (guesses.size() < limit) {
            int[] run = longestFollowed(tokens, context);
            if (guesses.isEmpty()) {
                limit = Math.min(max, Continuation.TOKENS_PER_MATCH * run.length);
            }
            int token = best(run);
            if (run.length == 0 || token < 0) {
                break;
            }
            likelihood *= (double) count(with(run, token)) / followed(run);
            if (likelihood < Continuation.LIKELIHOOD_MIN) {
                break;
            }
            expected += likelihood;
            guesses.add(token);
            tokens = with(tokens, token);
        }
        return new Guess(guesses.stream().mapToInt(Integer::intValue).toArray(), expected);
    }

    private int[] longestFollowed(int[] tokens, int context) {
        for (int n = Math.min(context, tokens.length); n > 0; n--) {
            int[] run = Arrays.copyOfRange(tokens, tokens.length - n, tokens.length);
            if (followed(run) > 0) {
                return run;
            }
        }
        return new int[0];
    }

    private boolean at(int[] run, int index) {
        return Arrays.equals(text, index, index + run.length, run, 0, run.length);
    }

    static int[] with(int[] run, int token) {
        int[] longer = Arrays.copyOf(run, run.length + 1);
        longer[run.length] = token;
        return longer;
    }
}
