package dev.lockstep.train.report;

import dev.lockstep.train.report.LossHistory.Measurement;
import dev.lockstep.train.report.LossHistory.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A run's losses over its steps, drawn as SVG (W3C, "Scalable Vector Graphics 2"): each step's, smoothed, and those of
 * held-out text. Colours follow the reader's light or dark scheme.
 */
public final class LossCurve {
    private static final int WIDTH = 860;
    private static final int HEIGHT = 460;
    private static final int LEFT = 70;
    private static final int RIGHT = 24;
    private static final int TOP = 56;
    private static final int BOTTOM = 62;

    /** More points than pixels say nothing. */
    private static final int POINTS_MAX = 700;

    private static final int TICKS = 8;

    private static final String STYLE = """
            <style>
            svg { background: #ffffff; color: #1f2328; --raw: #a9c7ee; --train: #1f6feb; --held: #c2410c; --grid: #d8dee4 }
            @media (prefers-color-scheme: dark) {
            svg { background: #0d1117; color: #e6edf3; --raw: #2b4a75; --train: #6cb0ff; --held: #ff9d5c; --grid: #30363d }
            }
            text { font: 13px system-ui, sans-serif; fill: currentColor }
            .title { font-size: 17px; font-weight: 600 }
            .grid { stroke: var(--grid) }
            .axis { stroke: currentColor }
            .raw, .train, .held { fill: none; stroke-linejoin: round }
            .raw { stroke: var(--raw) }
            .train { stroke: var(--train); stroke-width: 2 }
            .held { stroke: var(--held); stroke-width: 1.5; stroke-dasharray: 5 4 }
            circle { fill: var(--held) }
            </style>
            """;

    private final String title;
    private final List<double[]> raw = new ArrayList<>();
    private final List<double[]> smoothed = new ArrayList<>();
    private final List<double[]> heldOut = new ArrayList<>();
    private double stepsMax = 1;
    private double lossMin = Double.POSITIVE_INFINITY;
    private double lossMax = Double.NEGATIVE_INFINITY;
    private final StringBuilder out = new StringBuilder();

    private LossCurve(String title, LossHistory history) {
        this.title = title;
        List<Step> steps = List.copyOf(history.steps());
        int every = Math.max(1, (steps.size() + POINTS_MAX - 1) / POINTS_MAX);
        SmoothedLoss smooth = new SmoothedLoss();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            double value = smooth.add(step.loss());
            if (i % every == 0 || i == steps.size() - 1) {
                add(raw, step.steps(), step.loss());
                add(smoothed, step.steps(), value);
            }
        }
        for (Measurement m : history.measurements()) {
            add(heldOut, m.steps(), m.loss());
        }
        if (lossMin > lossMax) {
            lossMin = 0;
            lossMax = 1;
        }
    }

    /**
     * The drawing of a history, which may be empty.
     *
     * @param title what was trained, any text
     */
    public static String svg(String title, LossHistory history) {
        return new LossCurve(title, history).draw();
    }

    private void add(List<double[]> points, double steps, double loss) {
        points.add(new double[] {steps, loss});
        stepsMax = Math.max(stepsMax, steps);
        lossMin = Math.min(lossMin, loss);
        lossMax = Math.max(lossMax, loss);
    }

    private String draw() {
        double stepsTick = tick(stepsMax);
        double lossTick = tick(Math.max(lossMax - lossMin, 1e-3));
        lossMin = Math.floor(lossMin / lossTick) * lossTick;
        lossMax = Math.max(lossMin + lossTick, Math.ceil(lossMax / lossTick) * lossTick);
        put(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\""
                        + " aria-label=\"%s\">",
                WIDTH, HEIGHT, WIDTH, HEIGHT, escaped(title));
        out.append(STYLE);
        put("<title>%s</title>", escaped(title));
        put("<text class=\"title\" x=\"%d\" y=\"26\">%s</text>", LEFT, escaped(title));
        stepsAxis(stepsTick);
        lossAxis(lossTick);
        line("raw", raw);
        line("train", smoothed);
        line("held", heldOut);
        for (double[] p : heldOut) {
            put("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", x(p[0]), y(p[1]));
        }
        legend();
        out.append("</svg>\n");
        return out.toString();
    }

    private void stepsAxis(double tick) {
        double bottom = HEIGHT - BOTTOM;
        for (double v = 0; v <= stepsMax * (1 + 1e-9); v += tick) {
            put(
                    "<text text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">%s</text>",
                    x(v), bottom + 20, number(v, Math.max(1, tick)));
        }
        put("<line class=\"axis\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", LEFT, bottom, WIDTH - RIGHT, bottom);
        put("<text text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">steps</text>", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 16);
    }

    private void lossAxis(double tick) {
        long count = Math.round((lossMax - lossMin) / tick);
        for (long i = 0; i <= count; i++) {
            double v = lossMin + i * tick;
            put("<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", LEFT, y(v), WIDTH - RIGHT, y(v));
            put("<text text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>", LEFT - 8, y(v) + 4.5, number(v, tick));
        }
        double middle = (TOP + HEIGHT - BOTTOM) / 2.0;
        put(
                "<text text-anchor=\"middle\" transform=\"translate(20 %.1f) rotate(-90)\">loss, nats a token</text>",
                middle);
    }

    private void line(String kind, List<double[]> points) {
        StringBuilder path = new StringBuilder();
        for (double[] p : points) {
            path.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(p[0]), y(p[1])));
        }
        if (!points.isEmpty()) {
            put("<polyline class=\"%s\" points=\"%s\"/>", kind, path.toString().strip());
        }
    }

    private void legend() {
        String[] kinds = {"raw", "train", "held"};
        String[] names = {"a step", "training, smoothed", "held-out text"};
        int[] at = {WIDTH - RIGHT - 390, WIDTH - RIGHT - 300, WIDTH - RIGHT - 130};
        for (int i = 0; i < kinds.length; i++) {
            put("<polyline class=\"%s\" points=\"%d,44 %d,44\"/>", kinds[i], at[i], at[i] + 24);
            put("<text x=\"%d\" y=\"48.5\">%s</text>", at[i] + 30, names[i]);
        }
        put("<circle cx=\"%d\" cy=\"44\" r=\"3.5\"/>", at[2] + 12);
    }

    private double x(double steps) {
        return LEFT + (WIDTH - RIGHT - LEFT) * steps / stepsMax;
    }

    private double y(double loss) {
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (loss - lossMin) / (lossMax - lossMin);
    }

    /** The distance of marks on an axis: 1, 2 or 5 times a power of ten, for at most {@value #TICKS} of them. */
    private static double tick(double range) {
        double power = Math.pow(10, Math.floor(Math.log10(range / TICKS)));
        for (double factor : new double[] {1, 2, 5}) {
            if (range / (factor * power) <= TICKS) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private static String number(double value, double tick) {
        int decimals = (int) Math.max(0, Math.ceil(-Math.log10(tick) - 1e-9));
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private void put(String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
