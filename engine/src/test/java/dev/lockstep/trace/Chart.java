package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a viewer makes of an exported trace, read strictly: in each track, in the order of the file, time never goes back,
 * and every slice lies inside the one that is open or after the one before it.
 */
final class Chart {
    /** A slice or, with {@code beginNs} equal to {@code endNs} and depth −1, an instant; counters have a track of −1. */
    record Slice(int group, long track, int depth, String name, long beginNs, long endNs, JsonNode args) {
        @Override
        public String toString() {
            return group + "/" + track + " " + name + " " + beginNs + "–" + endNs;
        }
    }

    private record Open(String name, long beginNs, JsonNode args) {}

    final JsonNode otherData;
    final List<Slice> slices = new ArrayList<>();
    final List<Slice> instants = new ArrayList<>();
    final List<Slice> counters = new ArrayList<>();
    final Map<String, String> names = new HashMap<>();

    private final Map<String, Long> last = new HashMap<>();
    private final Map<String, Deque<Open>> open = new HashMap<>();

    private Chart(JsonNode root) {
        assertThat(root.propertyNames()).containsExactly("displayTimeUnit", "otherData", "traceEvents");
        this.otherData = root.get("otherData");
        root.get("traceEvents").forEach(this::read);
        open.forEach((track, stack) -> assertThat(stack).as("open in %s", track).isEmpty());
    }

    /** Exports and reads back. */
    static Chart of(long dropped, List<TraceEvent> events) throws IOException {
        StringWriter out = new StringWriter();
        new PerfettoTrace(new TraceSnapshot(dropped, events)).write(out);
        return parse(out.toString());
    }

    static Chart parse(String json) {
        return new Chart(JsonMapper.shared().readTree(json));
    }

    /** Slices of a request that say what it was doing. */
    List<Slice> states(long request) {
        return slices.stream()
                .filter(slice -> slice.group == 2 && slice.track == request && slice.depth == 0)
                .toList();
    }

    /** Slices of the steps that a request had rows in. */
    List<Slice> steps(long request) {
        return slices.stream()
                .filter(slice -> slice.group == 2 && slice.track == request && slice.depth == 1)
                .toList();
    }

    /** The engine's slices. */
    List<Slice> steps() {
        return slices.stream().filter(slice -> slice.group == 1).toList();
    }

    List<Slice> counters(String name) {
        return counters.stream().filter(counter -> counter.name.equals(name)).toList();
    }

    private void read(JsonNode entry) {
        int group = entry.get("pid").asInt();
        long track = entry.path("tid").asLong(-1);
        String name = entry.get("name").asString();
        JsonNode args = entry.get("args");
        String key = group + "/" + track;
        switch (entry.get("ph").asString()) {
            case "M" -> {
                if (name.endsWith("_name")) {
                    assertThat(names.put(key, args.get("name").asString()))
                            .as("an earlier name of %s", key)
                            .isNull();
                } else {
                    assertThat(args.get("sort_index").isIntegralNumber()).isTrue();
                }
            }
            case "B" -> {
                assertThat(names).containsKey(key);
                open.computeIfAbsent(key, _ -> new ArrayDeque<>()).push(new Open(name, advance(key, entry), args));
            }
            case "E" -> {
                Open begun = open.get(key).pop();
                assertThat(name).as("the end of %s", begun).isEqualTo(begun.name);
                int depth = open.get(key).size();
                JsonNode all = args.isEmpty() ? begun.args : args;
                slices.add(new Slice(group, track, depth, name, begun.beginNs, advance(key, entry), all));
            }
            case "X" -> {
                assertThat(names).containsKey(key);
                long begin = advance(key, entry);
                long end = begin + ns(entry.get("dur"));
                assertThat(end).isGreaterThanOrEqualTo(begin);
                last.put(key, end);
                int depth = open.getOrDefault(key, new ArrayDeque<>()).size();
                slices.add(new Slice(group, track, depth, name, begin, end, args));
            }
            case "i" -> {
                assertThat(entry.get("s").asString()).isEqualTo("t");
                long at = advance(key, entry);
                instants.add(new Slice(group, track, -1, name, at, at, args));
            }
            case "C" -> {
                assertThat(track).isEqualTo(-1);
                args.forEach(value -> assertThat(value.asInt()).isNotNegative());
                long at = advance(key + " " + name, entry);
                counters.add(new Slice(group, track, -1, name, at, at, args));
            }
            default -> throw new AssertionError("entry " + entry);
        }
    }

    /** The entry's time, which must not be before what was last in its track. */
    private long advance(String key, JsonNode entry) {
        long at = ns(entry.get("ts"));
        assertThat(at).as("time of %s", entry).isGreaterThanOrEqualTo(last.getOrDefault(key, 0L));
        last.put(key, at);
        return at;
    }

    private static long ns(JsonNode microseconds) {
        return microseconds.decimalValue().multiply(BigDecimal.valueOf(1_000)).longValueExact();
    }
}
