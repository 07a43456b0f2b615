package dev.lockstep.plan;

/**
 * How long steps take by their number of rows, from those that ran: a running mean for each class of row counts, kept
 * between two bounds that only chance breaks: more rows never take less time, and never more than in proportion. The second
 * also keeps one slow step, such as the first of its size, from being believed for ever: nobody would try that size again.
 *
 * <p>Classes are 1, 2, 3, 4, then up to four to each doubling. A class that no step fell into lies on the line between its
 * neighbours; beyond the largest class seen, time grows in proportion to rows, which is never too optimistic by much.
 * Nothing here allocates. Not thread-safe.
 */
public final class StepTimes {
    /** Weight of the newest step in its class's mean. */
    private static final double NEWEST = 0.1;

    /** A step that took more times the mean counts as one that took so many times the mean. */
    private static final double OUTLIER = 2;

    /** The power of a class's change by which the others change, where all move together. */
    private static final double TOGETHER = 0.8;

    private static final int CLASSES = 64;

    private final double[] ns = new double[CLASSES];
    private final double[] rows = new double[CLASSES];
    private final boolean[] seen = new boolean[CLASSES];
    private final double shared;

    /** No step has run; a class is known by its own steps alone. */
    public StepTimes() {
        this(0);
    }

    private StepTimes(double shared) {
        this.shared = shared;
    }

    /**
     * No step has run. A step that changes its class's mean changes those of all classes, by a power of the same factor: code
     * that gets warm, or a busy machine, changes all together. Else whoever chooses sizes by these times would never again
     * choose one that was slow when all were. Since it is a power, a class whose mean comes back to where it was has the others
     * back where they were, too, however many steps that took: sums would let them drift away.
     */
    public static StepTimes together() {
        return new StepTimes(TOGETHER);
    }

    /** Adds a step that ran. */
    public void add(int stepRows, long stepNs) {
        int c = classOf(stepRows);
        double weight = seen[c] ? NEWEST : 1;
        // A thread that loses its core for a moment makes a short step ten times as long: that is to count, but not so
        // much.
        double counted = Math.max(1, seen[c] ? Math.min(stepNs, OUTLIER * ns[c]) : stepNs);
        double before = ns[c];
        ns[c] += weight * (counted - ns[c]);
        if (seen[c] && shared > 0) {
            double factor = Math.pow(ns[c] / before, shared);
            for (int other = 0; other < CLASSES; other++) {
                ns[other] *= other == c ? 1 : factor;
            }
        }
        rows[c] += weight * (stepRows - rows[c]);
        seen[c] = true;
    }

    /** The class of a number of rows: itself up to 4, then four classes a doubling. */
    static int classOf(int stepRows) {
        if (stepRows <= 4) {
            return stepRows;
        }
        int exponent = 31 - Integer.numberOfLeadingZeros(stepRows);
        int quarter = stepRows >>> (exponent - 2) & 3;
        return Math.min(CLASSES - 1, 4 * (exponent - 1) + quarter);
    }

    /** How long a step of so many rows takes, in nanoseconds; NaN if no step has run. */
    public double estimateNs(int stepRows) {
        double below = Double.NaN;
        double belowRows = 0;
        for (int c = 0; c < CLASSES; c++) {
            if (!seen[c]) {
                continue;
            }
            double time = Double.isNaN(below) ? ns[c] : Math.clamp(ns[c], below, below * rows[c] / belowRows);
            if (rows[c] >= stepRows) {
                if (Double.isNaN(below) || rows[c] <= belowRows) {
                    return time;
                }
                return below + (time - below) * (stepRows - belowRows) / (rows[c] - belowRows);
            }
            below = time;
            belowRows = rows[c];
        }
        return below * Math.max(1, stepRows / belowRows);
    }

    /** The most rows of a step that takes at most {@code factor} times as long as one of {@code stepRows} rows. */
    public int rowsWithin(int stepRows, double factor) {
        double limit = factor * estimateNs(stepRows);
        if (Double.isNaN(limit)) {
            return stepRows;
        }
        int fits = stepRows;
        int tooMany = 1 << 17;
        while (tooMany - fits > 1) {
            int middle = (fits + tooMany) >>> 1;
            if (estimateNs(middle) <= limit) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        return fits;
    }
}
