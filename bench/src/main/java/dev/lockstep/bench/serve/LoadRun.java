package dev.lockstep.bench.serve;

import dev.lockstep.bench.EndlessText;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.QueueFullException;
import dev.lockstep.engine.Request;
import dev.lockstep.sample.SamplingParameters;
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
import java.util.stream.Collectors;

/**
 * Sends a workload to an engine in this process, in its time, and gathers what became of each request.
 *
 * <p>Requests decode greedily and may not end their text, so each generates exactly as many tokens as were planned.
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

    /** A request on its way. */
    private record Sent(PlannedRequest plan, long arrivalNs, Generation generation, Completion completion) {}

    private final Engine engine;
    private final Workload workload;
    private final TraceRoom room;
    private final Progress progress;
    private final SamplingParameters sampling;
    private final Set<Integer> refused = new ConcurrentSkipListSet<>();
    private final AtomicInteger sentCount = new AtomicInteger();
    private final AtomicInteger answeredCount = new AtomicInteger();

    /**
     * @param engine nobody else may use it meanwhile
     * @param room what the engine's trace can hold
     */
    LoadRun(Engine engine, Workload workload, TraceRoom room, Progress progress) {
        this.engine = engine;
        this.workload = workload;
        this.room = room;
        this.progress = progress;
        this.sampling = EndlessText.sampling(engine.tokenizer().vocabulary());
    }

    /** Sends {@code requests} short requests like those of the workload, but others, all at once, as far as the queue takes them. */
    void warmUp(int requests) {
        Workload other = workload.withSeed(workload.options().seed() ^ WARM_UP_SEED);
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < Math.min(requests, other.size()); i++) {
            PlannedRequest plan = other.request(i);
            try {
                generations.add(engine.submit(request(plan, Math.min(WARM_UP_TOKENS, plan.outputTokens()))));
            } catch (QueueFullException e) {
                break;
            }
        }
        generations.forEach(LoadRun::await);
    }

    /**
     * Runs the workload.
     *
     * @throws IllegalStateException if a request fails, none is answered, or the trace has lost some of its events
     */
    LoadResult run(String schedule) {
        long begin = System.nanoTime();
        List<Sent> sent = workload.open() ? openLoop(begin) : closedLoop(begin);
        if (sent.isEmpty()) {
            throw new IllegalStateException("no request was answered under the schedule " + schedule);
        }
        TraceReading reading = new TraceReading(
                engine.trace().snapshot(),
                sent.stream().collect(Collectors.toMap(s -> s.generation.id(), s -> s.plan)));
        List<ServedRequest> served = sent.stream()
                .map(s -> reading.served(s.generation.id(), s.plan, s.arrivalNs, begin, s.completion.tokens()))
                .sorted(Comparator.comparingInt(request -> request.plan().index()))
                .toList();
        return new LoadResult(schedule, served, List.copyOf(refused), room.exhausted());
    }

    private List<Sent> openLoop(long begin) {
        List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < workload.size(); i++) {
            PlannedRequest plan = workload.request(i);
            Request request = request(plan, plan.outputTokens());
            long arrival = begin + plan.arrivalNs();
            parkUntil(arrival);
            send(plan, request, arrival).ifPresent(sent::add);
            progress.at(sentCount.incrementAndGet(), 0);
        }
        return sent.stream().map(this::answered).toList();
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
            Request request = request(plan, plan.outputTokens());
            parkUntil(System.nanoTime() + plan.thinkNs());
            if (System.nanoTime() - begin > endNs || !room.take(plan)) {
                break;
            }
            Optional<Sent> asked = send(plan, request, System.nanoTime());
            sentCount.incrementAndGet();
            asked.map(this::answered).ifPresent(sent::add);
        }
        return sent;
    }

    private Optional<Sent> send(PlannedRequest plan, Request request, long arrival) {
        try {
            return Optional.of(new Sent(plan, arrival, engine.submit(request), null));
        } catch (QueueFullException e) {
            refused.add(plan.index());
            return Optional.empty();
        }
    }

    private Sent answered(Sent sent) {
        Completion completion = await(sent.generation);
        progress.at(sentCount.get(), answeredCount.incrementAndGet());
        return new Sent(sent.plan, sent.arrivalNs, sent.generation, completion);
    }

    private Request request(PlannedRequest plan, int tokens) {
        return Request.ofTokens(plan.prompt()).maxTokens(tokens).sampling(sampling);
    }

    private static Completion await(Generation generation) {
        Completion completion = generation.await();
        if (completion.finishReason() != FinishReason.LENGTH) {
            throw new IllegalStateException("a request of the load ended with '" + completion.finishReason()
                    + "' instead of 'length': " + completion.error());
        }
        return completion;
    }

    private static void parkUntil(long timeNs) {
        for (long left = timeNs - System.nanoTime(); left > 0; left = timeNs - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
