package dev.lockstep.trace;

import dev.lockstep.model.PhaseTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Records what an engine's loop might: requests that come at any time, are admitted, prefilled in chunks, decoded, paused,
 * resumed, preempted, cancelled. Pauses and arrivals may carry times from before what was recorded last, as when another
 * thread is held up between looking at the clock and recording.
 */
final class RandomLoop {
    private static final int REQUESTS = 12;
    private static final int PROMPT = 10;

    /** A request that has not ended. */
    private static final class Live {
        final long id;
        final int limit;
        int waiting = PROMPT;
        int tokens;
        boolean admitted;
        boolean paused;

        Live(long id, int limit) {
            this.id = id;
            this.limit = limit;
        }
    }

    private final Random random;
    private final Trace trace;
    private final StepRecord step = new StepRecord(REQUESTS);
    private final List<Live> live = new ArrayList<>();
    private long now;
    private long submitted;

    private RandomLoop(long seed, Trace trace) {
        this.random = new Random(seed);
        this.trace = trace;
        this.now = random.nextLong(-1_000_000, 1_000_000);
    }

    /** Events of some 12 requests, of which some have not ended. */
    static List<TraceEvent> events(long seed) {
        Trace trace = new Trace(1 << 16);
        RandomLoop loop = new RandomLoop(seed, trace);
        for (int turn = 0; turn < 150; turn++) {
            loop.turn();
        }
        return trace.events();
    }

    private long tick() {
        now += random.nextInt(1_500);
        return now;
    }

    private void turn() {
        if (submitted < REQUESTS && random.nextInt(5) == 0) {
            trace.queued(tick() - random.nextInt(500), ++submitted, PROMPT, "", 0);
            live.add(new Live(submitted, 1 + random.nextInt(40)));
        }
        for (int i = live.size() - 1; i >= 0; i--) {
            disturb(live.get(i));
        }
        runStep();
    }

    private void disturb(Live request) {
        int dice = random.nextInt(20);
        if (dice == 0 && !request.paused) {
            trace.paused(tick() - random.nextInt(800), request.id);
            request.paused = true;
        } else if (dice < 8 && request.paused) {
            trace.resumed(tick(), request.id);
            request.paused = false;
        } else if (dice == 8 && request.admitted) {
            request.waiting = PROMPT + request.tokens;
            request.admitted = false;
            trace.preempted(tick(), request.id, request.waiting);
        } else if (dice == 9 && random.nextInt(10) == 0) {
            end(request, "cancelled");
        } else if (dice > 12 && !request.admitted && !request.paused) {
            trace.admitted(tick(), request.id, 0);
            request.admitted = true;
        }
    }

    private void end(Live request, String reason) {
        trace.finished(tick(), request.id, reason, request.tokens);
        live.remove(request);
    }

    private void runStep() {
        step.clear();
        List<Live> rows = new ArrayList<>();
        for (Live request : live) {
            if (request.admitted && !request.paused && random.nextInt(4) > 0) {
                boolean decodes = request.tokens > 0 && request.waiting == 1;
                step.rows(request.id, decodes ? 0 : Math.min(4, request.waiting), decodes ? 1 : 0, decodes ? 2 : 0);
                request.waiting -= Math.min(4, request.waiting);
                rows.add(request);
            }
        }
        if (rows.isEmpty()) {
            return;
        }
        step.ran(tick(), tick());
        step.cost(1_000, 500, 100);
        step.kvPages(live.size());
        step.phases(new long[PhaseTimes.PHASES], 1);
        trace.stepped(step);
        rows.forEach(this::take);
    }

    private void take(Live request) {
        if (request.waiting > 0) {
            return;
        }
        trace.token(tick(), request.id, request.tokens++, 42);
        request.waiting = 1;
        if (request.tokens == request.limit) {
            end(request, "length");
        }
    }
}
