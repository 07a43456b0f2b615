package dev.lockstep.bench.http;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Samples of a server's metrics, from Prometheus's text format 0.0.4. */
public final class MetricsText {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)(?: -?\\d+)?");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");
    private static final int SILENCE_MS = 60_000;

    private record Sample(String name, String labels, double value) {
        boolean has(String label, String labelValue) {
            Matcher matcher = LABEL.matcher(labels);
            while (matcher.find()) {
                if (matcher.group(1).equals(label)) {
                    return matcher.group(2).equals(labelValue);
                }
            }
            return false;
        }
    }

    private final List<Sample> samples = new ArrayList<>();

    MetricsText(String text) {
        text.lines().filter(line -> !line.startsWith("#") && !line.isBlank()).forEach(this::add);
    }

    private void add(String line) {
        Matcher matcher = SAMPLE.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a line that is no sample: " + line);
        }
        String labels = matcher.group(2) == null ? "" : matcher.group(2);
        samples.add(new Sample(matcher.group(1), labels, Double.parseDouble(matcher.group(3))));
    }

    /** Asks a server for them. */
    public static MetricsText of(URI server) throws IOException {
        try (HttpConnection connection = new HttpConnection(server, SILENCE_MS)) {
            connection.get("/metrics");
            int status = connection.head().status();
            String body = new String(connection.body(), StandardCharsets.UTF_8);
            if (status != 200) {
                throw new IOException("/metrics was answered " + status + ": " + body.strip());
            }
            return new MetricsText(body);
        }
    }

    /** The sum of all samples with this name and these labels, whatever other labels they have; 0 if there are none. */
    double sum(String name, Map<String, String> labels) {
        return samples.stream()
                .filter(sample -> sample.name.equals(name))
                .filter(sample -> labels.entrySet().stream().allMatch(l -> sample.has(l.getKey(), l.getValue())))
                .mapToDouble(Sample::value)
                .sum();
    }
}
