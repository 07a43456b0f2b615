package dev.lockstep.bench.serve;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A service level objective (SLO): limits that a request must keep, all of them, to count as well served. The rate of
 * well served requests is the goodput (Zhong et al. 2024, "DistServe: Disaggregating Prefill and Decoding for
 * Goodput-optimized Large Language Model Serving").
 *
 * @param limitsMs the limit of each measure that has one, in milliseconds
 */
public record ServiceLevel(Map<Measure, Double> limitsMs) {
    /** Copies the map. */
    public ServiceLevel {
        limitsMs = Map.copyOf(limitsMs);
        limitsMs.forEach((measure, ms) -> {
            if (!(ms > 0 && ms <= 1e9)) {
                throw new IllegalArgumentException(
                        "a limit of " + ms + " ms for " + measure.label() + ", allowed are above 0 to 1e9");
            }
        });
    }

    /** Whether a request keeps all limits; a measure that it does not have, such as TPOT with one token, it keeps. */
    public boolean met(ServedRequest request) {
        return limitsMs.entrySet().stream()
                .allMatch(limit -> limit.getKey().valuesMs(request).allMatch(ms -> ms <= limit.getValue()));
    }

    /**
     * Reads limits such as {@code ttft=500ms,tpot=50ms}; the measures are those of {@link Measure}, ITL meaning every
     * gap.
     *
     * @throws IllegalArgumentException if there is no such measure, it has two limits, or a time is not one
     */
    public static ServiceLevel parse(String text) {
        Map<Measure, Double> limits = new EnumMap<>(Measure.class);
        for (String limit : text.split(",", -1)) {
            int equals = limit.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("'" + limit + "' is not a limit such as ttft=500ms");
            }
            Measure measure = Measure.named(limit.substring(0, equals));
            if (limits.put(measure, Milliseconds.parse(limit.substring(equals + 1))) != null) {
                throw new IllegalArgumentException("two limits for " + measure.label());
            }
        }
        return new ServiceLevel(limits);
    }

    @Override
    public String toString() {
        return limitsMs.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(limit ->
                        String.format(Locale.ROOT, "%s=%sms", limit.getKey().label(), limit.getValue()))
                .collect(Collectors.joining(","));
    }
}
