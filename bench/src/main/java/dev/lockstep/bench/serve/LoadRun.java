package dev.lockstep.bench.serve;

import dev.lockstep.bench.serve.LoadTarget.Answer;
import dev.lockstep.bench.serve.LoadTarget.Prepared;
import dev.lockstep.bench.serve.LoadTarget.Sent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a workload in its time, to an engine or a peer, and gathers what became of each request.
 *
 * <p>An open loop is sent by the calling thread. Each request is made before its time comes, so that what is left to do
 * then is to hand it over. In a closed loop each client is a virtual thread; client c of N sends requests c, c + N,
 * c + 2N … of the workload, so who asks what does not depend on who was faster.
 */
final class LoadRun {
    /** Hears how far a run is, from any thread. */
    interface Progress {
        /** So many requests were sent and so many answered. */
        void at(int sent, int answered);
    }

    private static final int WARM_UP_TOKENS = 16;
    private static final long WARM_UP_SEED = 0x5EED_0FF5E7L;

    private final LoadTarget target;
    private final Workload workload;
    private final TraceRoom room;
    private final Progress progress;
    private final Set<Integer> refused = new ConcurrentSkipListSet<>();
    private final AtomicInteger sentCount = new AtomicInteger();
    private final AtomicInteger answeredCount = new AtomicInteger();

    /**
     * @param target nobody else may use it meanwhile
     * @param room what an engine's trace can hold; a peer, which has none, gets no more requests either
     */
    LoadRun(LoadTarget target, Workload workload, TraceRoom room, Progress progress) {
        this.target = target;
        this.workload = workload;
        this.room = room;
        this.progress = progress;
    }

    /** Sends {@code requests} short requests like those of the workload, but others, all at once, as far as the queue takes them. */
    void warmUp(int requests) {
        Workload other = workload.withSeed(workload.options().seed() ^ WARM_UP_SEED);
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < Math.min(requests, other.size()); i++) {
            PlannedRequest plan = other.request(i);
            Optional<Answer> answer = target.prepare(plan, Math.min(WARM_UP_TOKENS, plan.outputTokens()))
                    .send();
            if (answer.isEmpty()) {
                break;
            }
            answers.add(answer.get());
        }
        answers.forEach(Answer::await);
    }

    /**
     * Runs the workload.
     *
     * @param schedule what the result is called
     * @throws IllegalStateException if a request fails, none is answered, or a trace has lost some of its events
     */
    LoadResult run(String schedule) {
        long begin = System.nanoTime();
        List<Sent> sent = workload.open() ? openLoop(begin) : closedLoop(begin);
        if (sent.isEmpty()) {
            throw new IllegalStateException("no request was answered under the schedule " + schedule);
        }
        List<ServedRequest> served = target.served(sent, begin).stream()
                .sorted(Comparator.comparingInt(request -> request.plan().index()))
                .toList();
        return new LoadResult(schedule, served, List.copyOf(refused), room.exhausted());
    }

    private List<Sent> openLoop(long begin) {
        List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < workload.size(); i++) {
            PlannedRequest plan = workload.request(i);
            Prepared request = target.prepare(plan, plan.outputTokens());
            long arrival = begin + plan.arrivalNs();
            parkUntil(arrival);
            send(plan, request, arrival).ifPresent(sent::add);
            progress.at(sentCount.incrementAndGet(), 0);
        }
        sent.forEach(this::await);
        return sent;
    }

    private List<Sent> closedLoop(long begin) {
        int clients = ((Arrivals.Closed) workload.options().arrivals()).clients();
        List<Sent> sent = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Sent>>> all = new ArrayList<>();
            for (int c = 0; c < clients; c++) {
                int client = c;
                all.add(threads.submit(() -> client(client, clients, begin)));
            }
            for (Future<List<Sent>> one : all) {
                sent.addAll(one.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while clients wait for their answers", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        }
        return sent;
    }

    private List<Sent> client(int first, int clients, long begin) {
        double endNs = workload.options().secondsMax() * 1e9;
        List<Sent> sent = new ArrayList<>();
        for (long i = first; i < workload.size(); i += clients) {
            PlannedRequest plan = workload.request((int) i);
            Prepared request = target.prepare(plan, plan.outputTokens());
            parkUntil(System.nanoTime() + plan.thinkNs());
            if (System.nanoTime() - begin > endNs || !room.take(plan)) {
                break;
            }
            Optional<Sent> asked = send(plan, request, System.nanoTime());
            sentCount.incrementAndGet();
            asked.ifPresent(this::await);
            asked.ifPresent(sent::add);
        }
        return sent;
    }

    private Optional<Sent> send(PlannedRequest plan, Prepared request, long arrival) {
        Optional<Answer> answer = request.send();
        if (answer.isEmpty()) {
            refused.add(plan.index());
        }
        return answer.map(taken -> new Sent(plan, arrival, taken));
    }

    private void await(Sent sent) {
        sent.answer().await();
        progress.at(sentCount.get(), answeredCount.incrementAndGet());
    }

    private static void parkUntil(long timeNs) {
        for (long left = timeNs - System.nanoTime(); left > 0; left = timeNs - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
