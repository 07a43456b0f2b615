package dev.lockstep.train.optimise;

/**
 * How large a step's learning rate is, in parts of the peak: it rises from near 0 in a straight line, stays, and falls
 * towards the end (Hägele et al. 2024, "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations").
 *
 * <pre>
 *   1 ─      ┌───────────────┐
 *           ╱                 ╲
 *   floor  ╱                   ╲
 *   0 ─   ╱
 *         0  warmUp            steps − decay    steps
 * </pre>
 *
 * @param steps steps of the whole run, at least 1
 * @param warmUp steps of the rise, 0 for none
 * @param decay steps of the fall, 0 for none
 * @param shape the fall's shape
 * @param floor the last step's part of the peak, 0 to 1
 */
public record Schedule(long steps, long warmUp, long decay, Shape shape, double floor) {
    /** How a rate falls. */
    public enum Shape {
        /** In a straight line. */
        LINEAR,
        /** Along half a wave (Loshchilov and Hutter 2016, "SGDR"). */
        COSINE
    }

    /** Checks the ranges. */
    public Schedule {
        if (steps < 1) {
            throw new IllegalArgumentException("steps is " + steps + ", must be at least 1");
        }
        if (warmUp < 0 || decay < 0 || warmUp + decay > steps) {
            throw new IllegalArgumentException("warmUp is " + warmUp + " and decay " + decay
                    + ", both must be at least 0 and together at most the " + steps + " steps");
        }
        if (!(floor >= 0 && floor <= 1)) {
            throw new IllegalArgumentException("floor is " + floor + ", allowed are 0 to 1");
        }
    }

    /** The part of the peak that step {@code step} has, from 0. */
    public double factor(long step) {
        if (step < 0 || step >= steps) {
            throw new IllegalArgumentException("step " + step + ", allowed are 0 to " + (steps - 1));
        }
        if (step < warmUp) {
            return (step + 1.0) / warmUp;
        }
        long fallen = step + 1 - (steps - decay);
        if (fallen <= 0) {
            return 1;
        }
        double part = (double) fallen / decay;
        double left = shape == Shape.LINEAR ? 1 - part : (1 + StrictMath.cos(Math.PI * part)) / 2;
        return floor + (1 - floor) * left;
    }

    /** What two schedules have in common if all factors before step {@code step} are the same, and the fall's kind. */
    public String identity(long step) {
        return step <= steps - decay ? "warmUp=" + warmUp + ", shape=" + shape + ", floor=" + floor : toString();
    }
}
