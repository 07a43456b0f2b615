package dev.lockstep.bench.speculation;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a step of one request takes by its rows, as measured. Between numbers of rows that were measured it lies on the line;
 * beyond the last it is in proportion.
 */
public final class StepCosts {
    private final NavigableMap<Integer, Double> ns = new TreeMap<>();

    /**
     * @param measured nanoseconds of a step by its rows; one row is among them
     */
    public StepCosts(Map<Integer, Double> measured) {
        if (!measured.containsKey(1)) {
            throw new IllegalArgumentException(
                    "costs of steps of " + measured.keySet() + " rows, 1 must be among them");
        }
        ns.putAll(measured);
    }

    /** What was measured: nanoseconds of a step by its rows, ascending. */
    public Map<Integer, Double> measured() {
        return new TreeMap<>(ns);
    }

    /** Nanoseconds of a step of so many rows, 1 or more. */
    public double ns(int rows) {
        Map.Entry<Integer, Double> below = ns.floorEntry(rows);
        Map.Entry<Integer, Double> above = ns.ceilingEntry(rows);
        if (above == null) {
            return below.getValue() * rows / below.getKey();
        }
        if (above.getKey().equals(below.getKey())) {
            return below.getValue();
        }
        double part = (double) (rows - below.getKey()) / (above.getKey() - below.getKey());
        return below.getValue() + part * (above.getValue() - below.getValue());
    }

    /** v(rows): how many times as long as a step of one row one of so many takes. */
    public double ratio(int rows) {
        return ns(rows) / ns(1);
    }
}
