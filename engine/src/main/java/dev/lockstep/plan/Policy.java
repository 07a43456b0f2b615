package dev.lockstep.plan;

import java.util.List;
import java.util.Locale;

/** In which order waiting requests are admitted. It changes who waits, and never anybody's tokens. */
public enum Policy {
    /** First come, first served. */
    FIRST_COME("fcfs") {
        @Override
        public int next(List<? extends Waiting> waiting) {
            return 0;
        }
    },

    /** The highest priority first; among equals, first come. */
    PRIORITY("priority") {
        @Override
        public int next(List<? extends Waiting> waiting) {
            int best = 0;
            for (int i = 1; i < waiting.size(); i++) {
                if (waiting.get(i).priority() > waiting.get(best).priority()) {
                    best = i;
                }
            }
            return best;
        }
    },

    /**
     * The tenant that has had the least for its weight, counted in tokens; within a tenant, first come. Sheng et al. 2024,
     * "Fairness in Serving Large Language Models" (the virtual token counter, section 4).
     */
    FAIR("fair") {
        @Override
        public int next(List<? extends Waiting> waiting) {
            liftReturned(waiting);
            int best = 0;
            for (int i = 1; i < waiting.size(); i++) {
                if (waiting.get(i).tenant().served()
                        < waiting.get(best).tenant().served()) {
                    best = i;
                }
            }
            return best;
        }
    };

    /** What a token of output costs a tenant, in tokens of input; a common price, and about what it costs in time. */
    public static final double OUTPUT_PRICE = 2;

    /** A request as a policy sees it. */
    public interface Waiting {
        /** Whose it is. */
        Tenant tenant();

        /** The higher, the sooner. */
        int priority();
    }

    private final String label;

    Policy(String label) {
        this.label = label;
    }

    /**
     * Which request comes next.
     *
     * @param waiting in order of arrival, at least one
     */
    public abstract int next(List<? extends Waiting> waiting);

    /** The name as users write it. */
    public String label() {
        return label;
    }

    @Override
    public String toString() {
        return label;
    }

    /**
     * Reads {@code fcfs}, {@code priority} or {@code fair}.
     *
     * @throws IllegalArgumentException if the text is none of these
     */
    public static Policy parse(String text) {
        for (Policy policy : values()) {
            if (policy.label.equals(text.strip().toLowerCase(Locale.ROOT))) {
                return policy;
            }
        }
        throw new IllegalArgumentException("policy '" + text + "', allowed are fcfs, priority and fair");
    }

    private static void liftReturned(List<? extends Waiting> waiting) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < waiting.size(); i++) {
            Tenant tenant = waiting.get(i).tenant();
            least = tenant.returned() ? least : Math.min(least, tenant.served());
        }
        for (int i = 0; i < waiting.size(); i++) {
            Tenant tenant = waiting.get(i).tenant();
            if (tenant.returned()) {
                tenant.lift(least == Double.POSITIVE_INFINITY ? 0 : least);
            }
        }
    }
}
