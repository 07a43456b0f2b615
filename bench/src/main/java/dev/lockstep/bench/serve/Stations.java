package dev.lockstep.bench.serve;

import dev.lockstep.trace.TraceEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the trace says about one request, gathered event by event; times are {@link System#nanoTime} values.
 *
 * <p>A request waits, though it was admitted, while steps run in which it has no rows: in a static batch that is in the
 * prefill of another, in a continuous one behind other prompts, or after it was preempted. The time between two steps
 * that follow each other is nobody's waiting.
 */
final class Stations {
    private long queuedNs;
    private long admittedNs;
    private long finishedNs;
    private final long[] tokenNs;
    private int tokens;
    private int cachedTokens;
    private int preemptions;
    private final List<Interval> waits = new ArrayList<>();
    /** The last step that had rows of it, or the last one before it was admitted. */
    private int lastStep;

    /** When that ended, or when it was admitted. */
    private long lastNs;

    /**
     * @param tokensMax most tokens that it can have
     */
    Stations(int tokensMax) {
        this.tokenNs = new long[tokensMax];
    }

    /**
     * Takes an event of this request.
     *
     * @param step the number of the last step that ended, from 0; −1 before the first
     * @param stepBeginNs when that began
     */
    void take(TraceEvent.OfRequest event, int step, long stepBeginNs) {
        switch (event) {
            case TraceEvent.Queued queued -> queuedNs = queued.timeNs();
            case TraceEvent.Admitted admitted -> admitted(admitted, step);
            case TraceEvent.Rows rows -> rows(rows.timeNs(), step, stepBeginNs);
            case TraceEvent.Token token -> token(token.timeNs());
            case TraceEvent.Preempted _ -> preemptions++;
            case TraceEvent.Finished finished -> finishedNs = finished.timeNs();
            case TraceEvent.Cycle _, TraceEvent.Paused _, TraceEvent.Resumed _ -> {
                // Guesses change no token, and nobody pauses requests of a load.
            }
        }
    }

    /** The first admission counts: later ones are those of a request that was preempted. */
    private void admitted(TraceEvent.Admitted admitted, int step) {
        if (admittedNs == 0) {
            admittedNs = admitted.timeNs();
            cachedTokens = admitted.cachedPositions();
            lastStep = step;
            lastNs = admittedNs;
        }
    }

    private void rows(long endNs, int step, long beginNs) {
        if (step > lastStep + 1 && beginNs > lastNs) {
            waits.add(new Interval(lastNs, beginNs));
        }
        lastStep = step;
        lastNs = endNs;
    }

    private void token(long timeNs) {
        if (tokens < tokenNs.length) {
            tokenNs[tokens] = timeNs;
        }
        tokens++;
    }

    /** Whether there is all that a request with so many tokens leaves. */
    boolean complete(int count) {
        return queuedNs != 0 && admittedNs != 0 && finishedNs != 0 && tokens == count && count <= tokenNs.length;
    }

    /**
     * The request, if {@link #complete}.
     *
     * @param arrivalNs when it was to come
     * @param beginNs the beginning of the run, from which the result's times count
     */
    ServedRequest served(PlannedRequest plan, long arrivalNs, long beginNs, List<Integer> answer) {
        return new ServedRequest(
                plan,
                arrivalNs - beginNs,
                queuedNs - beginNs,
                admittedNs - beginNs,
                Arrays.stream(tokenNs, 0, tokens).map(ns -> ns - beginNs).toArray(),
                finishedNs - beginNs,
                waits.stream()
                        .map(wait -> new Interval(wait.fromNs() - beginNs, wait.toNs() - beginNs))
                        .toList(),
                cachedTokens,
                preemptions,
                answer);
    }
}
