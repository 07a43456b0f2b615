package dev.lockstep.engine;

import dev.lockstep.cache.KvCache;
import dev.lockstep.plan.RunningSequences;
import dev.lockstep.plan.Sequence;
import dev.lockstep.trace.Trace;
import java.util.ArrayList;
import java.util.List;

/**
 * The requests that have been admitted and have not ended: those that run, in the planner's order, and those whose KV pages
 * were taken for others, in the order in which they will run again. Belongs to the engine's loop.
 */
final class Roster {
    private final Trace trace;

    /** Each stands where its sequence stands among {@link #running}. */
    private final List<ActiveRequest> active = new ArrayList<>();

    private final RunningSequences running = new RunningSequences();
    private final List<ActiveRequest> preempted = new ArrayList<>();

    private final KvCache cache;
    private final Tally tally;

    /**
     * @param cache whose pages the requests hold
     * @param tally is told at each change who stands where and what pages are held
     */
    Roster(Trace trace, KvCache cache, Tally tally) {
        this.trace = trace;
        this.cache = cache;
        this.tally = tally;
    }

    private void count() {
        tally.requests(active.size(), running.paused(), preempted.size());
        tally.pages(cache);
    }

    /** The sequences of those that run. */
    RunningSequences running() {
        return running;
    }

    /** Those that run, in the order of their sequences; not to be changed. */
    List<ActiveRequest> active() {
        return active;
    }

    /** Those that lost their pages, in the order in which they will run again; not to be changed. */
    List<ActiveRequest> preempted() {
        return preempted;
    }

    /** How many there are, wherever they stand. */
    int size() {
        return active.size() + preempted.size();
    }

    /**
     * Has a request run, for the first time or again.
     *
     * @return how many of its tokens need not be computed
     */
    int begin(ActiveRequest request, long now) {
        int cached = request.sequence().begin();
        trace.admitted(now, request.generation().id(), cached);
        if (request.generation().stream().count() == 0) {
            request.generation().cachedTokens(cached);
        }
        active.add(running.add(request.sequence()), request);
        updatePaused(request, now);
        count();
        return cached;
    }

    /** Takes over whether a request is paused. */
    void updatePaused(ActiveRequest request, long now) {
        if (!request.updatePaused()) {
            return;
        }
        if (request.sequence().paused()) {
            trace.paused(now, request.generation().id());
        } else {
            trace.resumed(now, request.generation().id());
        }
        count();
    }

    /** Takes one that runs out for good and gives its KV pages back. */
    ActiveRequest remove(int index) {
        running.remove(index).release();
        ActiveRequest request = active.remove(index);
        count();
        return request;
    }

    /** Takes one that was preempted out, to run again or for good. */
    ActiveRequest removePreempted(int index) {
        ActiveRequest request = preempted.remove(index);
        count();
        return request;
    }

    /** Moves those whose pages were taken from among those that run. */
    void moveOutPreempted() {
        for (int i = active.size() - 1; i >= 0; i--) {
            if (running.get(i).preempted()) {
                moveOut(i);
            }
        }
    }

    private void moveOut(int index) {
        ActiveRequest request = active.remove(index);
        Sequence sequence = running.remove(index);
        trace.preempted(System.nanoTime(), request.generation().id(), sequence.lost());
        int at = preempted.size();
        while (at > 0 && sequence.before(preempted.get(at - 1).sequence())) {
            at--;
        }
        preempted.add(at, request);
        tally.preempted();
        count();
    }

    /** Which of the preempted ones may run again first, or −1 if there is none that is not paused. */
    int firstToRunAgain() {
        for (int i = 0; i < preempted.size(); i++) {
            if (!preempted.get(i).sequence().paused()) {
                return i;
            }
        }
        return -1;
    }

    /** How many of the preempted ones are not paused. */
    int toRunAgain() {
        int count = 0;
        for (int i = 0; i < preempted.size(); i++) {
            count += preempted.get(i).sequence().paused() ? 0 : 1;
        }
        return count;
    }

    /** The soonest deadline of all, as time from {@code now}; {@link Long#MAX_VALUE} if there is none. */
    long untilDeadlineNs(long now) {
        return Math.min(untilDeadlineNs(active, now), untilDeadlineNs(preempted, now));
    }

    private static long untilDeadlineNs(List<ActiveRequest> requests, long now) {
        long soonest = Long.MAX_VALUE;
        for (int i = 0; i < requests.size(); i++) {
            long deadline = requests.get(i).generation().deadlines().endNs();
            if (deadline != Deadlines.NONE) {
                soonest = Math.min(soonest, Math.max(0, deadline - now));
            }
        }
        return soonest;
    }
}
