package dev.lockstep.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prometheus's text exposition format 0.0.4, read strictly: every line has its place, every family its type before its
 * samples and only once, no series twice, and every histogram is one.
 */
final class PrometheusText {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (NaN|[+-]Inf|[-+0-9.eE]+)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\n\"])*)\"(?:,|$)");

    /** A sample: labels in alphabetical order, and a value. */
    record Sample(String name, Map<String, String> labels, double value) {}

    /** All samples of a name. */
    record Family(String name, String type, List<Sample> samples) {}

    private final Map<String, Family> families = new LinkedHashMap<>();

    PrometheusText(String text) {
        assertThat(text).endsWith("\n").doesNotContain("\r");
        Family family = null;
        Set<String> series = new HashSet<>();
        for (String line : text.split("\n")) {
            if (line.startsWith("# HELP ")) {
                assertThat(line.split(" ", 4)).as(line).hasSize(4);
            } else if (line.startsWith("# TYPE ")) {
                String[] parts = line.split(" ");
                assertThat(parts).as(line).hasSize(4);
                family = new Family(parts[2], parts[3], new ArrayList<>());
                assertThat(families.put(parts[2], family)).as("twice: %s", line).isNull();
            } else {
                assertThat(line).doesNotStartWith("#");
                Sample sample = sample(line);
                assertThat(family).as("sample before its type: %s", line).isNotNull();
                assertThat(belongs(sample.name, family))
                        .as("%s in %s", line, family.name)
                        .isTrue();
                assertThat(series.add(sample.name + sample.labels))
                        .as("twice: %s", line)
                        .isTrue();
                family.samples.add(sample);
            }
        }
        families.values().stream().filter(f -> f.type.equals("histogram")).forEach(PrometheusText::checkHistogram);
    }

    private static boolean belongs(String sample, Family family) {
        return switch (family.type) {
            case "counter" -> sample.equals(family.name) && sample.endsWith("_total");
            case "gauge" -> sample.equals(family.name);
            case "histogram" ->
                Set.of(family.name + "_bucket", family.name + "_sum", family.name + "_count")
                        .contains(sample);
            default -> false;
        };
    }

    private static Sample sample(String line) {
        Matcher matcher = SAMPLE.matcher(line);
        assertThat(matcher.matches()).as("a sample: %s", line).isTrue();
        return new Sample(matcher.group(1), labels(matcher.group(2)), value(matcher.group(3)));
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        if (text == null) {
            return labels;
        }
        Matcher matcher = LABEL.matcher(text);
        int end = 0;
        while (matcher.find() && matcher.start() == end) {
            assertThat(labels.put(matcher.group(1), matcher.group(2)))
                    .as("twice in %s", text)
                    .isNull();
            end = matcher.end();
        }
        assertThat(end).as("labels: %s", text).isEqualTo(text.length());
        return labels;
    }

    private static double value(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private static void checkHistogram(Family family) {
        Map<Map<String, String>, List<Sample>> buckets = new LinkedHashMap<>();
        for (Sample sample : family.samples) {
            if (sample.name.endsWith("_bucket")) {
                Map<String, String> labels = new TreeMap<>(sample.labels);
                assertThat(labels.remove("le")).as("le of %s", sample).isNotNull();
                buckets.computeIfAbsent(labels, _ -> new ArrayList<>()).add(sample);
            }
        }
        assertThat(buckets).as(family.name).isNotEmpty();
        buckets.forEach((labels, of) -> {
            double bound = Double.NEGATIVE_INFINITY;
            double count = 0;
            for (Sample bucket : of) {
                double le = value(bucket.labels.get("le"));
                assertThat(le).as("%s", bucket).isGreaterThan(bound);
                assertThat(bucket.value).as("%s", bucket).isGreaterThanOrEqualTo(count);
                bound = le;
                count = bucket.value;
            }
            assertThat(bound).as(family.name).isEqualTo(Double.POSITIVE_INFINITY);
            assertThat(one(family, family.name + "_count", labels))
                    .as(family.name)
                    .isEqualTo(count);
            assertThat(one(family, family.name + "_sum", labels))
                    .as(family.name)
                    .isNotNaN();
        });
    }

    private static double one(Family family, String name, Map<String, String> labels) {
        List<Sample> found = family.samples.stream()
                .filter(sample -> sample.name.equals(name) && sample.labels.equals(labels))
                .toList();
        assertThat(found).as("%s%s", name, labels).hasSize(1);
        return found.getFirst().value;
    }

    /** The families, in order. */
    Map<String, Family> families() {
        return families;
    }

    /** Names of all samples. */
    Set<String> sampleNames() {
        Set<String> names = new HashSet<>();
        families.values().forEach(family -> family.samples.forEach(sample -> names.add(sample.name)));
        return names;
    }

    /** The sum of the samples of this name that have these labels among theirs. */
    double value(String name, String... labels) {
        double sum = 0;
        int found = 0;
        for (Family family : families.values()) {
            for (Sample sample : family.samples) {
                if (sample.name.equals(name) && has(sample, labels)) {
                    sum += sample.value;
                    found++;
                }
            }
        }
        assertThat(found).as("samples of %s %s", name, List.of(labels)).isPositive();
        return sum;
    }

    private static boolean has(Sample sample, String... labels) {
        for (int i = 0; i < labels.length; i += 2) {
            if (!labels[i + 1].equals(sample.labels.get(labels[i]))) {
                return false;
            }
        }
        return true;
    }

    /** The bounds of a histogram's buckets, without the last. */
    double[] bounds(String name) {
        return families.get(name).samples.stream()
                .filter(sample -> sample.name.equals(name + "_bucket"))
                .mapToDouble(sample -> value(sample.labels.get("le")))
                .filter(Double::isFinite)
                .distinct()
                .toArray();
    }
}
