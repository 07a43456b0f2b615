package dev.lockstep.server.metrics;

import dev.lockstep.engine.EngineLoad;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * What is counted of guessed tokens: how many went through the model and were right, in all and at each place of a guess;
 * place 0 is the first. The engine counts, this asks it.
 */
final class SpeculationMetrics {
    private SpeculationMetrics() {}

    /** Adds the counters; there are as many places as the engine guesses at most. */
    static void add(Meters meters, Supplier<EngineLoad> engine) {
        meters.count(
                "lockstep_spec_decode_num_drafts",
                "Guesses that were checked.",
                () -> at(engine.get().guesses().checked(), 0));
        meters.count(
                "lockstep_spec_decode_num_draft_tokens",
                "Guessed tokens that were checked.",
                () -> Arrays.stream(engine.get().guesses().checked()).sum());
        meters.count(
                "lockstep_spec_decode_num_accepted_tokens",
                "Guessed tokens that were right.",
                () -> Arrays.stream(engine.get().guesses().right()).sum());
        int places = engine.get().guesses().checked().length;
        for (int i = 0; i < places; i++) {
            int place = i;
            String[] position = {"position", Integer.toString(place)};
            meters.count(
                    "lockstep_spec_decode_num_draft_tokens_per_pos",
                    "Guessed tokens that were checked, by their place in the guess.",
                    () -> at(engine.get().guesses().checked(), place),
                    position);
            meters.count(
                    "lockstep_spec_decode_num_accepted_tokens_per_pos",
                    "Guessed tokens that were right, by their place in the guess.",
                    () -> at(engine.get().guesses().right(), place),
                    position);
        }
    }

    private static long at(long[] counts, int place) {
        return place < counts.length ? counts[place] : 0;
    }
}
