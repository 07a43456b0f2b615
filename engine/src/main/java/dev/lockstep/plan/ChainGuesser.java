package dev.lockstep.plan;

import java.util.List;

/**
 * Asks several guessers in turn: the first that has enough guesses is heard; if none has, the one with the most, the
 * first among equals. Put the best and cheapest first. Those that are not asked catch up when they are.
 */
public final class ChainGuesser implements Guesser {
    private final Guesser[] guessers;
    private final int enough;
    private final int[] trial;

    /**
     * A chain.
     *
     * @param guessers in the order in which they are asked, of the same request
     * @param enough guesses that end the search, 1 or more
     * @param guessesMax most guesses that are ever wanted at once
     */
    public ChainGuesser(List<? extends Guesser> guessers, int enough, int guessesMax) {
        if (enough < 1) {
            throw new IllegalArgumentException("a chain content with " + enough + " guesses, must be 1 or more");
        }
        this.guessers = guessers.toArray(Guesser[]::new);
        this.enough = enough;
        this.trial = new int[guessesMax];
    }

    @Override
    public int guess(int[] tokens, int length, int max, int[] into) {
        int limit = Math.min(max, trial.length);
        int most = 0;
        for (int i = 0; i < guessers.length; i++) {
            if (limit > 0 && most >= Math.min(enough, limit)) {
                break;
            }
            int count = guessers[i].guess(tokens, length, limit, trial);
            if (count > most) {
                System.arraycopy(trial, 0, into, 0, count);
                most = count;
            }
        }
        return most;
    }
}
