package dev.lockstep.bench.serve;

import java.util.Locale;

/** When requests come. */
public sealed interface Arrivals {
    /**
     * An open loop: requests come independently of each other and of the answers, however long those take. Gaps between
     * them are exponential, so their number in any second is a Poisson variable.
     *
     * @param perSecond the mean rate, above 0 to {@value #RATE_MAX}
     */
    record Poisson(double perSecond) implements Arrivals {
        /** Checks the range. */
        public Poisson {
            if (!(perSecond > 0 && perSecond <= RATE_MAX)) {
                throw new IllegalArgumentException(
                        "a rate of " + perSecond + " requests a second, allowed are above 0 to " + RATE_MAX);
            }
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "open loop, Poisson, %s requests a second", Double.toString(perSecond));
        }
    }

    /**
     * A closed loop: each client thinks, asks, waits for the whole answer, and thinks again. A slow server slows its own
     * load down, so a closed loop says little about waiting.
     *
     * @param clients 1 to {@value #CLIENTS_MAX}
     * @param thinkMs mean of the exponential time to think, in milliseconds; 0 for none
     */
    record Closed(int clients, double thinkMs) implements Arrivals {
        /** Checks the ranges. */
        public Closed {
            if (clients < 1 || clients > CLIENTS_MAX) {
                throw new IllegalArgumentException(clients + " clients, allowed are 1 to " + CLIENTS_MAX);
            }
            if (!(thinkMs >= 0 && thinkMs <= THINK_MS_MAX)) {
                throw new IllegalArgumentException(
                        "a time to think of " + thinkMs + " ms, allowed are 0 to " + THINK_MS_MAX);
            }
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "closed loop, %d clients, %s ms to think", clients, Double.toString(thinkMs));
        }
    }

    /** Highest rate, requests a second. */
    int RATE_MAX = 1_000_000;

    /** Most clients of a closed loop. */
    int CLIENTS_MAX = 10_000;

    /** Longest mean time to think: an hour. */
    int THINK_MS_MAX = 3_600_000;
}
