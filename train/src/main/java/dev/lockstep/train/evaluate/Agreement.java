package dev.lockstep.train.evaluate;

import java.util.Arrays;

/**
 * How often a draft's greedy choice is the target's.
 *
 * @param positions of the text at which both chose the next token, given the text before it
 * @param agreed of those, where they chose the same
 * @param every of the positions every so many-th one was gone on from, as speculation does
 * @param reached by drafted token, how often all before it were right; the first is the number of speculations
 * @param right of those, how often it was the target's choice too, given the text and the tokens drafted before it
 */
public record Agreement(long positions, long agreed, int every, long[] reached, long[] right) {
    /** The part of all positions where both chose the same. */
    public double overall() {
        return (double) agreed / positions;
    }

    /** The part of drafted tokens number {@code index} from 0 that were right, all before them being right. */
    public double rate(int index) {
        return (double) right[index] / reached[index];
    }

    /** Drafted tokens that a speculation gains, in the mean. */
    public double accepted() {
        return (double) Arrays.stream(right).sum() / reached[0];
    }
}
