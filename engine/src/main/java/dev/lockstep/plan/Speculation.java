package dev.lockstep.plan;

import java.util.Locale;

/**
 * Who guesses a request's next tokens for the model to check, and how many. It changes what a request costs, and never its
 * tokens.
 *
 * @param source who guesses
 * @param guesses how many in each step, 0 for as many as pay
 */
public record Speculation(Source source, int guesses) {
    /** Most guesses of a request in one step. */
    public static final int GUESSES_MAX = 16;

    /** Nobody guesses. */
    public static final Speculation NONE = new Speculation(Source.NONE, 0);

    /** Who guesses. */
    public enum Source {
        /** Nobody. */
        NONE,
        /** What followed the same few tokens earlier in the request. */
        NGRAM,
        /** What most often followed the same tokens in the request and in recent outputs of the same tenant. */
        SUFFIX,
        /** A smaller model. */
        DRAFT,
        /** The request's own text where it repeats itself, else the smaller model if there is one. */
        AUTO;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** The name as users write it. */
        public String label() {
            return label;
        }
    }

    /** Checks the range. */
    public Speculation {
        if (guesses < 0 || guesses > GUESSES_MAX) {
            throw new IllegalArgumentException(
                    guesses + " guesses in a step, allowed are 0 (as many as pay) to " + GUESSES_MAX);
        }
    }

    /** As many guesses as pay. */
    public static Speculation of(Source source) {
        return new Speculation(source, 0);
    }

    /** Whether anybody guesses. */
    public boolean on() {
        return source != Source.NONE;
    }
}
