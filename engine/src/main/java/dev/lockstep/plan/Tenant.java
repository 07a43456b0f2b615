package dev.lockstep.plan;

/**
 * Somebody whose requests are told from others': what was done for them so far, and a secret of the engine's that keeps their
 * keys and values apart. Belongs to the engine's queue and loop.
 */
public final class Tenant {
    private final String name;
    private final long salt;
    private final double weight;
    private double served;
    private int waiting;
    private int running;
    private boolean returned = true;

    /**
     * @param salt sequences share keys and values only under the same salt
     * @param weight share of the engine in relation to other tenants', above 0
     */
    public Tenant(String name, long salt, double weight) {
        if (!(weight > 0) || weight == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("weight " + weight + " of tenant '" + name + "', must be above 0");
        }
        this.name = name;
        this.salt = salt;
        this.weight = weight;
    }

    /** The name. */
    public String name() {
        return name;
    }

    /** Sequences share keys and values only under the same salt. */
    public long salt() {
        return salt;
    }

    /** Service so far, in tokens by what they cost, divided by the weight: the virtual token counter. */
    public double served() {
        return served;
    }

    /** Counts service. */
    public void serve(double tokens) {
        served += tokens / weight;
    }

    /** A request of this tenant begins to wait. */
    public void beginWaiting() {
        returned |= waiting == 0 && running == 0;
        waiting++;
    }

    /** A request of this tenant no longer waits. */
    public void endWaiting() {
        waiting--;
    }

    /** A request of this tenant begins to run. */
    public void beginRunning() {
        running++;
    }

    /** A request of this tenant no longer runs. */
    public void endRunning() {
        running--;
    }

    /** Whether it has no requests. */
    public boolean idle() {
        return waiting == 0 && running == 0;
    }

    /** Whether it has come back from having no requests since {@link #lift}. */
    boolean returned() {
        return returned;
    }

    /** Raises the counter of one who has come back to where others are: having been away earns nothing. */
    void lift(double least) {
        served = Math.max(served, least);
        returned = false;
    }
}
