package dev.lockstep.bench.serve;

import java.util.Locale;

/** How long prompts or outputs are, in tokens. {@link #parse} reads what {@link #toString} writes. */
public sealed interface LengthDistribution {
    /** Longest length that may be asked for, and that is ever drawn. */
    int TOKENS_MAX = 1 << 24;

    /**
     * The length that two independent uniform numbers between 0 and 1 stand for.
     *
     * @return 1 to {@value #TOKENS_MAX}
     */
    int tokens(double u, double v);

    /** Always the same. */
    record Fixed(int tokens) implements LengthDistribution {
        /** Checks the range. */
        public Fixed {
            check("length", tokens);
        }

        @Override
        public int tokens(double u, double v) {
            return tokens;
        }

        @Override
        public String toString() {
            return Integer.toString(tokens);
        }
    }

    /** Each length from {@code min} to {@code max} as likely as the others. */
    record Uniform(int min, int max) implements LengthDistribution {
        /** Checks the range. */
        public Uniform {
            check("shortest length", min);
            check("longest length", max);
            if (min > max) {
                throw new IllegalArgumentException("lengths from " + min + " to " + max + " are none");
            }
        }

        @Override
        public int tokens(double u, double v) {
            return min + (int) (u * (max - min + 1));
        }

        @Override
        public String toString() {
            return "uniform:" + min + "-" + max;
        }
    }

    /**
     * The exponential of a normal distribution, rounded: many short, few very long.
     *
     * @param median half of the lengths are shorter
     * @param sigma the deviation of the length's natural logarithm, above 0 to 10
     */
    record LogNormal(double median, double sigma) implements LengthDistribution {
        /** Checks the ranges. */
        public LogNormal {
            check("median length", median);
            if (!(sigma > 0 && sigma <= 10)) {
                throw new IllegalArgumentException(
                        "sigma of a lognormal length is " + sigma + ", allowed are above 0 to 10");
            }
        }

        /** By the transform of Box and Muller (1958, "A Note on the Generation of Random Normal Deviates"). */
        @Override
        public int tokens(double u, double v) {
            double normal = StrictMath.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(2 * StrictMath.PI * v);
            return bounded(Math.rint(median * StrictMath.exp(sigma * normal)));
        }

        @Override
        public String toString() {
            return "lognormal:" + number(median) + "," + number(sigma);
        }
    }

    /** After each token the text ends with the same probability, 1 ÷ {@code mean}; the first is always there. */
    record Geometric(double mean) implements LengthDistribution {
        /** Checks the range. */
        public Geometric {
            check("mean length", mean);
        }

        @Override
        public int tokens(double u, double v) {
            return mean == 1 ? 1 : bounded(1 + Math.floor(StrictMath.log(u) / StrictMath.log1p(-1 / mean)));
        }

        @Override
        public String toString() {
            return "geometric:" + number(mean);
        }
    }

    /**
     * Reads {@code N}, {@code uniform:A-B}, {@code lognormal:MEDIAN,SIGMA} or {@code geometric:MEAN}.
     *
     * @throws IllegalArgumentException if the text has none of these forms, or a number is out of range
     */
    static LengthDistribution parse(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? "" : text.substring(0, colon);
        String rest = text.substring(colon + 1);
        try {
            return switch (kind) {
                case "" -> new Fixed(Integer.parseInt(rest));
                case "uniform" -> {
                    String[] ends = two(rest, "-");
                    yield new Uniform(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
                }
                case "lognormal" -> {
                    String[] parameters = two(rest, ",");
                    yield new LogNormal(Double.parseDouble(parameters[0]), Double.parseDouble(parameters[1]));
                }
                case "geometric" -> new Geometric(Double.parseDouble(rest));
                default -> throw new NumberFormatException();
            };
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a length: a number of tokens, uniform:A-B, lognormal:MEDIAN,SIGMA or "
                            + "geometric:MEAN",
                    e);
        }
    }

    private static String[] two(String text, String separator) {
        String[] parts = text.split(separator, -1);
        if (parts.length != 2) {
            throw new NumberFormatException();
        }
        return parts;
    }

    private static void check(String what, double tokens) {
        if (!(tokens >= 1 && tokens <= TOKENS_MAX)) {
            throw new IllegalArgumentException(
                    what + " of " + number(tokens) + " tokens, allowed are 1 to " + TOKENS_MAX);
        }
    }

    private static int bounded(double tokens) {
        return (int) Math.clamp(tokens, 1, TOKENS_MAX);
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.format(Locale.ROOT, "%.0f", value)
                : Double.toString(value);
    }
}
