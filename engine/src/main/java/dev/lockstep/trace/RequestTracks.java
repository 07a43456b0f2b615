package dev.lockstep.trace;

import java.io.IOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A track for each request: a slice for what it is doing ({@link RequestState}), in it one for every step with rows of it,
 * and an instant for each token and for what became of guesses; and a counter of requests that run, wait and are paused.
 *
 * <p>In a track time never goes back, whatever the events say: several threads record, and an event that comes late is
 * shown when the one before it was. So slices of a track are either one inside the other or one after the other.
 */
final class RequestTracks {
    private static final int GROUP = 2;

    /** A request that has not ended. */
    private static final class Track {
        final long request;
        RequestState state;
        /** What it goes back to when it is resumed. */
        RequestState afterPause;
        /** The latest time in the track so far. */
        long lastNs;

        Track(long request, RequestState state, long ns) {
            this.request = request;
            this.state = state;
            this.afterPause = RequestState.DECODE;
            this.lastNs = ns;
        }

        /** The time of an event here, not before what was there. */
        long at(long ns) {
            lastNs = Math.max(lastNs, ns);
            return lastNs;
        }
    }

    private final Timeline timeline;
    private final Map<Long, Track> tracks = new LinkedHashMap<>();
    private final Map<RequestState, Integer> counts = new EnumMap<>(RequestState.class);
    private long countedNs;
    private long stepBeginNs;
    /** Whether the last step is not there, and rows of it are shown from the first event on. */
    private boolean stepLost = true;

    /** No track yet; no event will be before {@code originNs}. */
    RequestTracks(Timeline timeline, long originNs) throws IOException {
        this.timeline = timeline;
        this.countedNs = originNs;
        this.stepBeginNs = originNs;
        for (RequestState state : RequestState.values()) {
            counts.put(state, 0);
        }
        timeline.name(GROUP, Timeline.GROUP, "requests");
    }

    /** A request that was there before the first event, doing this. */
    void lost(long request, RequestState state, long ns) throws IOException {
        name(request, "");
        Track track = new Track(request, state, ns);
        tracks.put(request, track);
        timeline.begin(GROUP, request, ns, state.label()).arg("begin_lost", true);
        began(state, ns);
    }

    /** Requests that run. */
    int running() {
        return counts.get(RequestState.PREFILL) + counts.get(RequestState.DECODE);
    }

    /** A step ran, which the next {@code Rows} belong to. */
    void step(TraceEvent.Stepped step) {
        stepBeginNs = step.beginNs();
        stepLost = false;
    }

    /** Shows an event. */
    void show(TraceEvent.OfRequest event) throws IOException {
        if (event instanceof TraceEvent.Queued queued) {
            queued(queued);
            return;
        }
        Track track = tracks.get(event.request());
        if (track == null) {
            // It has ended: somebody paused it too late.
            return;
        }
        switch (event) {
            case TraceEvent.Queued _ -> throw new AssertionError(event);
            case TraceEvent.Admitted admitted -> admitted(track, admitted);
            case TraceEvent.Rows rows -> rows(track, rows);
            case TraceEvent.Token token -> token(track, token);
            case TraceEvent.Cycle cycle -> cycle(track, cycle);
            case TraceEvent.Paused paused -> paused(track, paused);
            case TraceEvent.Resumed resumed -> resumed(track, resumed);
            case TraceEvent.Preempted preempted -> preempted(track, preempted);
            case TraceEvent.Finished finished -> finished(track, finished);
        }
    }

    private void queued(TraceEvent.Queued event) throws IOException {
        name(event.request(), event.tenant());
        tracks.put(event.request(), new Track(event.request(), RequestState.QUEUED, event.timeNs()));
        timeline.begin(GROUP, event.request(), event.timeNs(), RequestState.QUEUED.label())
                .arg("prompt_tokens", event.promptTokens())
                .arg("tenant", event.tenant().isEmpty() ? null : event.tenant())
                .arg("priority", event.priority());
        began(RequestState.QUEUED, event.timeNs());
    }

    private void admitted(Track track, TraceEvent.Admitted event) throws IOException {
        begin(track, RequestState.PREFILL, event.timeNs()).arg("cached_positions", event.cachedPositions());
        began(track.state, track.lastNs);
    }

    private void rows(Track track, TraceEvent.Rows event) throws IOException {
        boolean pausedMeanwhile = stepBeginNs < track.lastNs;
        if (!track.state.runs() && !pausedMeanwhile) {
            enter(track, RequestState.ofRows(event), stepBeginNs);
        }
        long begin = track.at(stepBeginNs);
        timeline.slice(GROUP, track.request, begin, track.at(event.timeNs()), "step")
                .arg("prefill_rows", event.prefillRows())
                .arg("decode_rows", event.decodeRows())
                .arg("verify_rows", event.verifyRows());
        if (stepLost) {
            timeline.arg("begin_lost", true);
        }
        timeline.close();
    }

    private void token(Track track, TraceEvent.Token event) throws IOException {
        if (track.state == RequestState.PREFILL) {
            enter(track, RequestState.DECODE, event.timeNs());
        }
        track.afterPause = RequestState.DECODE;
        String name = event.index() == 0 ? "first token" : "token";
        timeline.instant(GROUP, track.request, track.at(event.timeNs()), name)
                .arg("index", event.index())
                .arg("token", event.token())
                .close();
    }

    private void cycle(Track track, TraceEvent.Cycle event) throws IOException {
        timeline.instant(GROUP, track.request, track.at(event.timeNs()), "checked guesses")
                .arg("source", event.source())
                .arg("guesses", event.guesses().stream().map(String::valueOf).collect(Collectors.joining(" ")))
                .arg("accepted", event.accepted())
                .arg("rejected", event.guesses().size() - event.accepted())
                .arg("next", event.next())
                .close();
    }

    private void paused(Track track, TraceEvent.Paused event) throws IOException {
        if (track.state != RequestState.PAUSED) {
            track.afterPause = track.state;
            enter(track, RequestState.PAUSED, event.timeNs());
        }
    }

    private void resumed(Track track, TraceEvent.Resumed event) throws IOException {
        if (track.state == RequestState.PAUSED) {
            enter(track, track.afterPause, event.timeNs());
        }
    }

    private void preempted(Track track, TraceEvent.Preempted event) throws IOException {
        begin(track, RequestState.PREEMPTED, event.timeNs()).arg("positions", event.positions());
        began(track.state, track.lastNs);
    }

    private void finished(Track track, TraceEvent.Finished event) throws IOException {
        long ns = track.at(event.timeNs());
        timeline.end(GROUP, track.request, ns, track.state.label()).close();
        timeline.instant(GROUP, track.request, ns, "finished")
                .arg("reason", event.reason())
                .arg("tokens", event.tokens())
                .close();
        tracks.remove(track.request);
        counts.merge(track.state, -1, Integer::sum);
        count(ns);
    }

    /** Ends the slices of requests that have not ended; {@code ns} is the time of the last event. */
    void end(long ns) throws IOException {
        for (Track track : tracks.values()) {
            timeline.end(GROUP, track.request, track.at(ns), track.state.label())
                    .arg("unfinished", true)
                    .close();
        }
    }

    private void enter(Track track, RequestState state, long ns) throws IOException {
        begin(track, state, ns);
        began(state, track.lastNs);
    }

    /** Ends what the request was doing and opens the next slice, for arguments; {@link #began} must follow. */
    private Timeline begin(Track track, RequestState state, long ns) throws IOException {
        timeline.end(GROUP, track.request, track.at(ns), track.state.label()).close();
        counts.merge(track.state, -1, Integer::sum);
        track.state = state;
        return timeline.begin(GROUP, track.request, track.lastNs, state.label());
    }

    private void began(RequestState state, long ns) throws IOException {
        timeline.close();
        counts.merge(state, 1, Integer::sum);
        count(ns);
    }

    private void count(long ns) throws IOException {
        countedNs = Math.max(countedNs, ns);
        timeline.counter(GROUP, countedNs, "requests")
                .arg("running", running())
                .arg("waiting", counts.get(RequestState.QUEUED) + counts.get(RequestState.PREEMPTED))
                .arg("paused", counts.get(RequestState.PAUSED))
                .close();
    }

    private void name(long request, String tenant) throws IOException {
        timeline.name(GROUP, request, "request " + request + (tenant.isEmpty() ? "" : " of " + tenant));
    }
}
