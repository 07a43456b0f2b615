package dev.lockstep.server.metrics;

import io.micrometer.core.instrument.Counter;

/**
 * What is counted of guessed tokens: how many were drafted and accepted, and at which place of their guess the accepted ones
 * stood; place 0 is the first. Thread-safe.
 */
public final class SpeculationMetrics {
    /** Places that are told apart; later ones count as the last of these. */
    static final int PLACES = 16;

    private final Counter drafts;
    private final Counter drafted;
    private final Counter accepted;
    private final Counter[] draftedAt = new Counter[PLACES];
    private final Counter[] acceptedAt = new Counter[PLACES];

    SpeculationMetrics(Meters meters) {
        drafts = meters.counter("lockstep_spec_decode_num_drafts", "Guesses that were checked.");
        drafted = meters.counter("lockstep_spec_decode_num_draft_tokens", "Guessed tokens that were checked.");
        accepted = meters.counter("lockstep_spec_decode_num_accepted_tokens", "Guessed tokens that were right.");
        for (int place = 0; place < PLACES; place++) {
            String position = Integer.toString(place);
            draftedAt[place] = meters.counter(
                    "lockstep_spec_decode_num_draft_tokens_per_pos",
                    "Guessed tokens that were checked, by their place in the guess.",
                    "position",
                    position);
            acceptedAt[place] = meters.counter(
                    "lockstep_spec_decode_num_accepted_tokens_per_pos",
                    "Guessed tokens that were right, by their place in the guess.",
                    "position",
                    position);
        }
    }

    /** Counts a guess of {@code tokens} tokens, of which the first {@code right} were right. */
    public void checked(int tokens, int right) {
        drafts.increment();
        drafted.increment(tokens);
        accepted.increment(right);
        for (int place = 0; place < tokens; place++) {
            int counted = Math.min(place, PLACES - 1);
            draftedAt[counted].increment();
            if (place < right) {
                acceptedAt[counted].increment();
            }
        }
    }
}
