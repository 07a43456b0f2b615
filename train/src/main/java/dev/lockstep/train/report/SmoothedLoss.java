package dev.lockstep.train.report;

/**
 * A mean of losses in which each counts {@value #KEPT} times as much as the next: single steps scatter more than a run
 * changes. The first ones are not drawn towards 0 (the correction of Kingma and Ba 2014, "Adam", section 3).
 */
public final class SmoothedLoss {
    private static final double KEPT = 0.95;

    private double sum;
    private double weight;

    /** Adds a loss and returns the mean so far. */
    public double add(double loss) {
        sum = KEPT * sum + (1 - KEPT) * loss;
        weight = KEPT * weight + (1 - KEPT);
        return sum / weight;
    }
}
