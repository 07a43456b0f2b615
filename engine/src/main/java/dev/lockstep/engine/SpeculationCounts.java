package dev.lockstep.engine;

import java.util.List;

/**
 * What became of an engine's guesses since it was opened, by their place in the guess.
 *
 * @param cycles steps of a request in which guesses were checked
 * @param draftedByPlace guesses that were checked in the first place, the second, and so on
 * @param acceptedByPlace how many of them were right, and all before them
 */
public record SpeculationCounts(long cycles, List<Long> draftedByPlace, List<Long> acceptedByPlace) {
    /** Copies the lists. */
    public SpeculationCounts {
        draftedByPlace = List.copyOf(draftedByPlace);
        acceptedByPlace = List.copyOf(acceptedByPlace);
    }

    /** Guesses that were checked. */
    public long drafted() {
        return sum(draftedByPlace);
    }

    /** Guesses that were right. */
    public long accepted() {
        return sum(acceptedByPlace);
    }

    private static long sum(List<Long> counts) {
        return counts.stream().mapToLong(Long::longValue).sum();
    }
}
