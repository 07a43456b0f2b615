package dev.lockstep.bench.speculation;

import dev.lockstep.kernel.Philox;
import dev.lockstep.plan.Proposer;
import java.util.List;

/**
 * Guesses that are as good as one likes: what recorded runs of the same requests gave, wrong at a chosen rate.
 *
 * <p>Whether the guess at a position is wrong is drawn once, by counter, so that of a cycle's guesses each is right with the
 * same probability, independently of the others; this is what theory assumes. A wrong guess is the token behind the right one
 * in the vocabulary. Thread-safe between requests: what is set before a request is submitted holds for it.
 */
public final class Script {
    private static final double UNIT = 0x1p-32;

    private final int vocabulary;
    private volatile List<int[]> texts = List.of();
    private volatile double alpha;
    private volatile long seed;

    /**
     * @param vocabulary tokens of the model
     */
    public Script(int vocabulary) {
        if (vocabulary < 2) {
            throw new IllegalArgumentException("wrong guesses in a vocabulary of " + vocabulary + " tokens, needs 2");
        }
        this.vocabulary = vocabulary;
    }

    /**
     * Says what is guessed from now on.
     *
     * @param whole prompts and outputs that may be asked for
     * @param rate α, the probability that a guess is right, 0 to 1
     */
    public void set(List<int[]> whole, double rate, long newSeed) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("guesses that are right at a rate of " + rate + ", allowed are 0 to 1");
        }
        texts = List.copyOf(whole);
        alpha = rate;
        seed = newSeed;
    }

    /** What guesses for one request. */
    public Proposer proposer() {
        return new Replay(texts, alpha, seed);
    }

    private final class Replay implements Proposer {
        private final List<int[]> whole;
        private final double rate;
        private final long noise;
        private final Philox philox = new Philox();
        private int[] text;
        private int item;

        Replay(List<int[]> whole, double rate, long noise) {
            this.whole = whole;
            this.rate = rate;
            this.noise = noise;
        }

        @Override
        public int guess(int[] tokens, int length, int max, int[] into) {
            if (text == null) {
                text = find(tokens, length);
            }
            int count = Math.clamp(text.length - length, 0, max);
            for (int i = 0; i < count; i++) {
                int position = length + i;
                int token = text[position];
                philox.compute(noise, position, item, 0, 0);
                boolean right = (philox.word(0) & 0xFFFFFFFFL) * UNIT < rate;
                into[i] = right ? token : (token + 1) % vocabulary;
            }
            return count;
        }

        /** The text that begins with these tokens; an empty one, for no guesses, if there is none. */
        private int[] find(int[] tokens, int length) {
            for (item = 0; item < whole.size(); item++) {
                int[] candidate = whole.get(item);
                if (candidate.length >= length && beginsWith(candidate, tokens, length)) {
                    return candidate;
                }
            }
            return new int[0];
        }

        private static boolean beginsWith(int[] text, int[] tokens, int length) {
            for (int i = 0; i < length; i++) {
                if (text[i] != tokens[i]) {
                    return false;
                }
            }
            return true;
        }
    }
}
