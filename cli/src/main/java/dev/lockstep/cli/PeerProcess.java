package dev.lockstep.cli;

import dev.lockstep.bench.Peer;
import dev.lockstep.bench.StepCase;
import dev.lockstep.format.Quoted;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A peer that is a program: {@code PROGRAM MODEL THREADS decode=1 prefill=64 …}, started for every round, which prints
 * one JSON object.
 *
 * <pre>{@code
 * {"peer": "its name and version", "steps": [{"phase": "decode", "rows": 1, "ms": 29.5}, ...]}
 * }</pre>
 */
final class PeerProcess implements Peer {
    private static final long OUTPUT_BYTES_MAX = 1 << 20;
    private static final long ROUND_MINUTES_MAX = 10;
    private static final int EXCERPT_LENGTH = 200;

    private final List<String> program;
    private String description;

    /**
     * @param name what it is called as long as it has not run
     * @param program the command and its first arguments
     */
    PeerProcess(String name, List<String> program) {
        this.description = name;
        this.program = List.copyOf(program);
    }

    /** The name and version that the peer gave itself in its last round. */
    String description() {
        return description;
    }

    @Override
    public Map<StepCase, Double> measure(Path model, int threads, List<StepCase> steps) throws IOException {
        List<String> command = new ArrayList<>(program);
        command.add(model.toAbsolutePath().toString());
        command.add(Integer.toString(threads));
        steps.forEach(step -> command.add(step.toString()));
        Path out = Files.createTempFile("lockstep-peer-", ".json");
        Path err = Files.createTempFile("lockstep-peer-", ".log");
        try {
            int exitCode = run(command, ROUND_MINUTES_MAX, out.toFile(), err.toFile());
            if (exitCode != 0) {
                throw new IOException("it ended with exit code " + exitCode + excerpt(err));
            }
            return read(out, steps);
        } finally {
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        }
    }

    /**
     * Runs a program to its end; it is ended where this one is interrupted.
     *
     * @return its exit code
     * @throws IOException if it cannot be started, or takes longer than {@code minutesMax}
     */
    static int run(List<String> command, long minutesMax, File out, File err) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectOutput(out)
                .redirectError(err)
                .start();
        process.getOutputStream().close();
        try (Interruption _ = Interruption.runs(process::destroyForcibly)) {
            if (!process.waitFor(minutesMax, TimeUnit.MINUTES)) {
                throw new IOException("it took more than " + minutesMax + " minutes");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } finally {
            process.destroyForcibly();
        }
    }

    private Map<StepCase, Double> read(Path out, List<StepCase> steps) throws IOException {
        JsonNode answer = parse(out);
        Map<StepCase, Double> figures = new LinkedHashMap<>();
        for (StepCase step : steps) {
            double ms = 0;
            for (JsonNode figure : answer.path("steps")) {
                if (figure.path("phase").asString("").equals(step.phase().toString())
                        && figure.path("rows").asInt(0) == step.rows()) {
                    ms = figure.path("ms").asDouble(0);
                }
            }
            if (!(ms > 0 && ms < Double.POSITIVE_INFINITY)) {
                throw new IOException("it gave no time for " + step + excerpt(out));
            }
            figures.put(step, ms);
        }
        description = answer.path("peer").asString(description);
        return figures;
    }

    private static JsonNode parse(Path out) throws IOException {
        if (Files.size(out) > OUTPUT_BYTES_MAX) {
            throw new IOException("it printed " + Files.size(out) + " bytes, the limit is " + OUTPUT_BYTES_MAX);
        }
        try {
            JsonNode answer = JsonMapper.shared().readTree(Files.readAllBytes(out));
            if (answer.isObject()) {
                return answer;
            }
        } catch (JacksonException e) {
            throw new IOException("it printed no JSON object" + excerpt(out), e);
        }
        throw new IOException("it printed no JSON object" + excerpt(out));
    }

    /** A colon and the beginning of what a file holds, or nothing. */
    static String excerpt(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return excerpt(new String(in.readNBytes(4 * EXCERPT_LENGTH), StandardCharsets.UTF_8));
        }
    }

    /** A colon and the beginning of a text, or nothing. */
    static String excerpt(String text) {
        return text.isBlank() ? "" : ": " + Quoted.cut(text.strip(), EXCERPT_LENGTH);
    }
}
