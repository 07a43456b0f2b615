package dev.lockstep.bench.http;

import dev.lockstep.bench.http.LoadTally.Fate;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Whether a server counted what its clients did, and whether it is at rest afterwards. Counters are compared by how
 * much they grew, since others may have asked before.
 */
public final class MetricsCheck {
    private static final String HTTP = "lockstep_http_requests_total";
    private static final String ENDED = "lockstep_request_success_total";
    private static final String ROUTE = "/v1/completions";
    private static final List<String> GAUGES = List.of(
            "lockstep_num_requests_running",
            "lockstep_num_requests_waiting",
            "lockstep_num_requests_paused",
            "lockstep_kv_cache_pages_in_use");
    private static final int TRIES = 100;
    private static final int BETWEEN_TRIES_MS = 100;

    /**
     * A figure of the server's, and what it must be.
     *
     * @param name what it is
     * @param least the least that it may be
     * @param most the most that it may be
     * @param value what it is
     */
    public record Figure(String name, double least, double most, double value) {
        /** Whether it is what it must be. */
        public boolean right() {
            return value >= least && value <= most;
        }
    }

    private final URI server;
    private final MetricsText before;

    /** Reads the figures before a load. */
    public MetricsCheck(URI server) throws IOException {
        this.server = server;
        this.before = MetricsText.of(server);
    }

    /**
     * Reads the figures after a load, again and again until they are right, for ten seconds at most: the server notices
     * clients that have gone at its next step, and counts an answer when its last byte is out.
     */
    public List<Figure> after(LoadTally tally) throws IOException, InterruptedException {
        List<Figure> figures = figures(tally, MetricsText.of(server));
        for (int i = 0; i < TRIES && !figures.stream().allMatch(Figure::right); i++) {
            Thread.sleep(BETWEEN_TRIES_MS);
            figures = figures(tally, MetricsText.of(server));
        }
        return figures;
    }

    private List<Figure> figures(LoadTally tally, MetricsText now) {
        long sent = tally.sentCount();
        long refused = tally.count(Fate.REFUSED);
        long completed = tally.count(Fate.COMPLETED);
        long left = tally.count(Fate.VANISHED) + tally.count(Fate.CUT) + tally.count(Fate.UNFINISHED);
        List<Figure> figures = new ArrayList<>();
        figures.add(exactly("requests", sent, now, HTTP, Map.of("route", ROUTE)));
        figures.add(exactly("status 429", refused, now, HTTP, Map.of("route", ROUTE, "status", "429")));
        figures.add(exactly("ended in the engine", sent - refused, now, ENDED, Map.of()));
        figures.add(new Figure(
                "ended by themselves",
                completed,
                completed + left,
                growth(now, ENDED, Map.of("finished_reason", "stop"))
                        + growth(now, ENDED, Map.of("finished_reason", "length"))));
        figures.add(exactly("prompt tokens", tally.promptTokens(), now, "lockstep_prompt_tokens_total", Map.of()));
        figures.add(new Figure(
                "generated tokens",
                tally.outputTokens(),
                left == 0 ? tally.outputTokens() : Double.POSITIVE_INFINITY,
                growth(now, "lockstep_generation_tokens_total", Map.of())));
        for (String gauge : GAUGES) {
            figures.add(new Figure(gauge, 0, 0, now.sum(gauge, Map.of())));
        }
        return figures;
    }

    private Figure exactly(String what, long expected, MetricsText now, String name, Map<String, String> labels) {
        return new Figure(what, expected, expected, growth(now, name, labels));
    }

    private double growth(MetricsText now, String name, Map<String, String> labels) {
        return now.sum(name, labels) - before.sum(name, labels);
    }
}
