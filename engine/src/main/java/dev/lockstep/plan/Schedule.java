package dev.lockstep.plan;

import java.time.Duration;
import java.util.Locale;

/** A decoding regime, as users choose it. It changes what requests cost, and never their tokens. */
public sealed interface Schedule {
    /** One request after the other. */
    Schedule SERIAL = new Serial();

    /** Whoever is there, iteration by iteration. */
    Schedule CONTINUOUS = new Continuous();

    /** One request after the other: {@link SerialPlanner}. */
    record Serial() implements Schedule {
        @Override
        public String toString() {
            return "serial";
        }
    }

    /**
     * Batches that start and end together: {@link StaticPlanner}.
     *
     * @param requests most requests of a batch, 1 to {@value #REQUESTS_MAX}
     * @param patience how long the first of them waits for others
     */
    record Static(int requests, Duration patience) implements Schedule {
        /** Most requests of a batch. */
        public static final int REQUESTS_MAX = 4_096;

        /** How long a batch waits to be full unless it is said. */
        public static final Duration PATIENCE = Duration.ofMillis(20);

        /** Longest patience. */
        public static final Duration PATIENCE_MAX = Duration.ofHours(1);

        /** Checks the ranges. */
        public Static {
            if (requests < 1 || requests > REQUESTS_MAX) {
                throw new IllegalArgumentException(
                        "static batch of " + requests + " requests, allowed are 1 to " + REQUESTS_MAX);
            }
            if (patience.isNegative() || patience.compareTo(PATIENCE_MAX) > 0) {
                throw new IllegalArgumentException("patience of " + patience.toMillis()
                        + " ms for a static batch, allowed are 0 to " + PATIENCE_MAX.toMillis());
            }
        }

        @Override
        public String toString() {
            return "static:" + requests + (patience.equals(PATIENCE) ? "" : ":" + patience.toMillis() + "ms");
        }
    }

    /** Requests that join and leave between steps: {@link ContinuousPlanner}. */
    record Continuous() implements Schedule {
        @Override
        public String toString() {
            return "continuous";
        }
    }

    /**
     * Reads {@code serial}, {@code static:B}, {@code static:B:20ms} or {@code continuous}.
     *
     * @throws IllegalArgumentException if the text is none of these; the message says what is
     */
    static Schedule parse(String text) {
        String[] parts = text.strip().toLowerCase(Locale.ROOT).split(":", -1);
        if (parts.length == 1 && parts[0].equals("serial")) {
            return SERIAL;
        }
        if (parts.length == 1 && parts[0].equals("continuous")) {
            return CONTINUOUS;
        }
        if (parts[0].equals("static") && (parts.length == 2 || parts.length == 3)) {
            try {
                Duration patience = parts.length == 2 ? Static.PATIENCE : milliseconds(parts[2]);
                return new Static(Integer.parseInt(parts[1]), patience);
            } catch (NumberFormatException e) {
                // Said below, with all that is allowed.
            }
        }
        throw new IllegalArgumentException("schedule '" + text
                + "', allowed are serial, static:B (a batch of B requests), static:B:20ms (and how long it waits to be full)"
                + " and continuous");
    }

    private static Duration milliseconds(String text) {
        return Duration.ofMillis(Long.parseLong(text.endsWith("ms") ? text.substring(0, text.length() - 2) : text));
    }
}
