package dev.lockstep.bench.serve;

/** Numbers as a line of bars, one character each: a space for 0, up to a full block for the largest. */
public final class Sparkline {
    private static final String BARS = "▁▂▃▄▅▆▇█";

    private Sparkline() {}

    /**
     * The line.
     *
     * @param values 0 or more
     * @param max what a full block stands for; larger values are full blocks too
     */
    public static String of(double[] values, double max) {
        StringBuilder line = new StringBuilder(values.length);
        for (double value : values) {
            int bar = max > 0 ? (int) Math.ceil(value / max * BARS.length()) : 0;
            line.append(bar == 0 ? ' ' : BARS.charAt(Math.min(bar, BARS.length()) - 1));
        }
        return line.toString();
    }
}
