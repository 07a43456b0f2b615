package dev.lockstep.plan;

import java.util.Locale;

/**
 * Who guesses a request's next tokens for the model to check, and how many. It changes what a request costs, and never its
 * tokens, unless {@link Acceptance#CLASSICAL} is asked for.
 *
 * @param source who guesses
 * @param guesses how many in each step, 0 for as many as pay
 * @param acceptance which guesses are kept
 */
public record Speculation(Source source, int guesses, Acceptance acceptance) {
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

    /** Which guesses are kept. */
    public enum Acceptance {
        /**
         * Those that the model would have chosen: guesser and model draw with the same noise, and what comes is always the
         * model's own choice. Tokens are the same bit for bit as without guesses.
         */
        COUPLED,
        /**
         * Each with probability min(1, p ÷ q), else a token from the normalised max(0, p − q) comes (Leviathan et al. 2023;
         * Chen et al. 2023). Tokens are only distributed as without guesses: which they are depends on what was guessed, and
         * so on how many guesses paid just then. Here to be compared with; the same as COUPLED at temperature 0.
         */
        CLASSICAL;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** The name as users write it. */
        public String label() {
            return label;
        }
    }

    /** Keeps the guesses that the model would have chosen. */
    public Speculation(Source source, int guesses) {
        this(source, guesses, Acceptance.COUPLED);
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
