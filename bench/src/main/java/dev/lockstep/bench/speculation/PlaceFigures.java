package dev.lockstep.bench.speculation;

/**
 * How often guesses in one place were right.
 *
 * @param place 1 for the first guess of a cycle
 * @param drafted guesses that were checked
 * @param reached those before which all were right
 * @param accepted those that were right, too
 */
public record PlaceFigures(int place, long drafted, long reached, long accepted) {
    /** How likely a guess in this place is right if those before it are. */
    public double rate() {
        return (double) accepted / reached;
    }
}
