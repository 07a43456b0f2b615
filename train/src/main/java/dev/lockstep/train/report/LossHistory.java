package dev.lockstep.train.report;

import dev.lockstep.train.run.Evaluation;
import dev.lockstep.train.run.StepReport;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What became of a run's steps so far, and what was measured between them. As a file it is a table, one line for each
 * number of steps, that other programs read too:
 *
 * <pre>
 *   steps,loss,gradient_norm,rate,seconds,held_out_loss,held_out_bits_per_byte,held_out_accuracy
 *   1,9.0151,1.8021,0.05,3.204,,,
 *   2,8.7004,1.7112,0.1,2.98,8.5031,2.9701,0.0412
 * </pre>
 *
 * <p>The file is written before each checkpoint, and what it holds of later steps is dropped when a run is resumed; so it
 * survives every stop that the checkpoint survives. Not thread-safe.
 */
public final class LossHistory {
    private static final String HEAD =
            "steps,loss,gradient_norm,rate,seconds,held_out_loss,held_out_bits_per_byte,held_out_accuracy";
    private static final int STEP_FIELDS = 4;
    private static final int FIELDS = 8;

    /**
     * A step.
     *
     * @param steps how many were run with it
     * @param loss nats a token
     * @param gradientNorm length of the gradient before it was shortened
     * @param rate the schedule's factor
     * @param seconds how long it took
     */
    public record Step(long steps, double loss, double gradientNorm, double rate, double seconds) {}

    /**
     * A measurement with held-out text.
     *
     * @param steps how many were run before it
     * @param loss nats a token
     * @param bitsPerByte bits for each byte of text
     * @param accuracy the part of predicted tokens that was the model's first choice
     */
    public record Measurement(long steps, double loss, double bitsPerByte, double accuracy) {}

    private final NavigableMap<Long, Step> steps = new TreeMap<>();
    private final NavigableMap<Long, Measurement> measurements = new TreeMap<>();

    /**
     * Reads what {@link #write} wrote of the first {@code steps} steps; nothing if there is no file.
     *
     * @throws IOException if it cannot be read or is no such table; the message is one sentence
     */
    public static LossHistory read(Path file, long steps) throws IOException {
        LossHistory history = new LossHistory();
        if (!Files.exists(file)) {
            return history;
        }
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            if (!(i == 0 ? lines.get(0).equals(HEAD) : history.addLine(lines.get(i), steps))) {
                throw new IOException(file + ": line " + (i + 1)
                        + " is not of a loss history; without this file the run goes on without its past losses.");
            }
        }
        return history;
    }

    private boolean addLine(String line, long stepsMax) {
        String[] fields = line.split(",", -1);
        if (fields.length != FIELDS) {
            return false;
        }
        try {
            long n = Long.parseLong(fields[0]);
            if (n <= stepsMax && !fields[1].isEmpty()) {
                double[] v = numbers(fields, 1, STEP_FIELDS);
                steps.put(n, new Step(n, v[0], v[1], v[2], v[3]));
            }
            if (n <= stepsMax && !fields[1 + STEP_FIELDS].isEmpty()) {
                double[] v = numbers(fields, 1 + STEP_FIELDS, FIELDS - 1 - STEP_FIELDS);
                measurements.put(n, new Measurement(n, v[0], v[1], v[2]));
            }
            return true;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static double[] numbers(String[] fields, int from, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = Double.parseDouble(fields[from + i]);
        }
        return values;
    }

    /** Adds a step that was just run. */
    public void add(StepReport r) {
        long n = r.step() + 1;
        steps.put(n, new Step(n, r.loss(), r.gradientNorm(), r.rate(), r.nanos() / 1e9));
    }

    /** Adds what was measured after so many steps; it takes the place of an earlier measurement there. */
    public void add(long stepsRun, Evaluation e) {
        measurements.put(stepsRun, new Measurement(stepsRun, e.loss(), e.bitsPerByte(), e.accuracy()));
    }

    /** All steps, ascending. */
    public Collection<Step> steps() {
        return Collections.unmodifiableCollection(steps.values());
    }

    /** All measurements, ascending. */
    public Collection<Measurement> measurements() {
        return Collections.unmodifiableCollection(measurements.values());
    }

    /** The time of all steps; what came between them is not counted. */
    public double seconds() {
        return steps.values().stream().mapToDouble(Step::seconds).sum();
    }

    /**
     * Writes the table; it gets its name when all of it has reached the disk.
     *
     * @throws IOException if it cannot be written; an earlier one is as it was
     */
    public void write(Path file) throws IOException {
        TreeSet<Long> all = new TreeSet<>(steps.keySet());
        all.addAll(measurements.keySet());
        List<String> lines = new ArrayList<>();
        lines.add(HEAD);
        all.forEach(n -> lines.add(line(n)));
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        Files.write(unfinished, lines);
        try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private String line(long n) {
        Step s = steps.get(n);
        Measurement m = measurements.get(n);
        String step = s == null
                ? ",,,"
                : s.loss() + "," + s.gradientNorm() + ',' + s.rate() + ','
                        + String.format(Locale.ROOT, "%.3f", s.seconds());
        String measured = m == null ? ",," : m.loss() + "," + m.bitsPerByte() + ',' + m.accuracy();
        return n + "," + step + ',' + measured;
    }
}
