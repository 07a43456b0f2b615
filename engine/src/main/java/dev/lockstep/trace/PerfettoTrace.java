package dev.lockstep.trace;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A trace in the Trace Event Format, which ui.perfetto.dev and chrome://tracing open: a Gantt chart of steps and requests.
 *
 * <pre>{@code
 * try (Writer out = Files.newBufferedWriter(Path.of("trace.json"))) {
 *     new PerfettoTrace(engine.trace().snapshot()).write(out);
 * }
 * }</pre>
 *
 * <p>The group "engine" has a track with a slice for each step and for guessing before it, and the counters of rows and KV pages, the group "requests" a
 * track for each request and a counter of requests. Times are microseconds since the earliest event, exact to the
 * nanosecond. What a request was doing when events before the first were dropped is told by its next event; that slice
 * starts with the first event that was kept, and has {@code "begin_lost": true}. A request that had not ended has {@code
 * "unfinished": true} on its last slice.
 *
 * <p>Source: "Trace Event Format", the Chromium project.
 */
public final class PerfettoTrace {
    private final TraceSnapshot trace;

    /** A trace as it was at one moment. */
    public PerfettoTrace(TraceSnapshot trace) {
        this.trace = trace;
    }

    /**
     * Writes the JSON, piece by piece, and flushes; the writer stays open.
     *
     * @throws IOException if it cannot be written
     */
    public void write(Writer out) throws IOException {
        BufferedWriter buffered = new BufferedWriter(out);
        JsonWriter json = new JsonWriter(buffered);
        json.beginObject().name("displayTimeUnit").value("ms");
        json.name("otherData").beginObject();
        json.name("events").value(trace.events().size());
        json.name("dropped_events").value(trace.dropped()).endObject();
        json.name("traceEvents").beginArray();
        writeEvents(json);
        json.endArray().endObject();
        buffered.newLine();
        buffered.flush();
    }

    private void writeEvents(JsonWriter json) throws IOException {
        List<TraceEvent> events = trace.events();
        long origin = events.stream().mapToLong(PerfettoTrace::beginNs).min().orElse(0);
        long last = events.stream().mapToLong(TraceEvent::timeNs).max().orElse(0);
        Timeline timeline = new Timeline(json, origin);
        StepTrack steps = new StepTrack(timeline);
        RequestTracks requests = new RequestTracks(timeline, origin);
        for (Map.Entry<Long, RequestState> lost : lost().entrySet()) {
            requests.lost(lost.getKey(), lost.getValue(), origin);
        }
        for (TraceEvent event : events) {
            switch (event) {
                case TraceEvent.Stepped step -> {
                    steps.step(step);
                    requests.step(step);
                }
                case TraceEvent.OfRequest ofRequest -> requests.show(ofRequest);
            }
            if (requests.running() == 0) {
                steps.idle(event.timeNs());
            }
        }
        requests.end(last);
    }

    private static long beginNs(TraceEvent event) {
        return event instanceof TraceEvent.Stepped step ? step.beginNs() - step.guessNs() : event.timeNs();
    }

    /** Requests whose first events were dropped, and what they were doing. */
    private Map<Long, RequestState> lost() {
        Map<Long, RequestState> firsts = new LinkedHashMap<>();
        for (TraceEvent event : trace.events()) {
            if (event instanceof TraceEvent.OfRequest first && !firsts.containsKey(first.request())) {
                firsts.put(first.request(), RequestState.before(first));
            }
        }
        firsts.values().removeIf(state -> state == null);
        return firsts;
    }
}
