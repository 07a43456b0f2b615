package dev.lockstep.bench;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.trace.TraceEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Head-of-line blocking, measured: requests that are submitted together, of which the first is long.
 *
 * <p>The first request may also wait for something outside in the middle of its life, as if it called a tool. Under the
 * serial schedule everybody behind it waits for that too; under a continuous one nobody does.
 *
 * <p>Under the serial schedule a request waits for all that came before it, so its time in the queue should equal the
 * sum of their service times; what differs is the engine's own overhead between two requests. All times are those of
 * the engine's trace (queued, admitted, finished), not of the caller's clock.
 */
public final class QueueExperiment {
    private static final int WARM_UP_TOKENS = 16;
    /** Queued, admitted and finished. */
    private static final int EVENTS_OF_REQUEST = 3;

    /** A step of one request: itself, and the request's rows. */
    private static final int EVENTS_OF_STEP = 2;

    private QueueExperiment() {}

    /**
     * What the trace says about one request.
     *
     * @param request its number in order of submission, from 1
     * @param promptTokens tokens of its prompt
     * @param tokens tokens that it generated
     * @param queueNs from its submission to its admission
     * @param serviceNs from its admission to its end
     * @param pausedNs how much of that it waited for something outside
     * @param servedBeforeNs the sum of the service times of all requests submitted before it
     */
    public record Row(
            int request,
            int promptTokens,
            int tokens,
            long queueNs,
            long serviceNs,
            long pausedNs,
            long servedBeforeNs) {
        /** How much longer it waited than the requests before it took; negative if shorter. */
        public long differenceNs() {
            return queueNs - servedBeforeNs;
        }

        /** {@link #differenceNs} in per cent of the service times before it; 0 if there are none. */
        public double differencePercent() {
            return servedBeforeNs == 0 ? 0 : 100.0 * differenceNs() / servedBeforeNs;
        }
    }

    /**
     * Trace events that an experiment needs room for.
     *
     * @param tokens as in {@link #run}
     */
    public static int traceCapacity(int[] tokens, int contextLength) {
        long events = eventsMax(WARM_UP_TOKENS, contextLength);
        for (int limit : tokens) {
            events += eventsMax(limit, contextLength);
        }
        return Math.toIntExact(events);
    }

    /** At most a step for each position of the context, and an event for each token. */
    private static long eventsMax(int limit, int contextLength) {
        return EVENTS_OF_REQUEST + (long) EVENTS_OF_STEP * contextLength + Math.min(limit, contextLength);
    }

    /**
     * Runs one short request to warm up, then submits one request for each entry of {@code tokens} and waits for all.
     *
     * <p>The model's own end of text is forbidden, so each request generates as many tokens as it may.
     *
     * @param engine nobody else may use it meanwhile
     * @param prompt the prompt of all requests
     * @param call how long the first request waits for something outside, after half of its tokens; zero: not at all
     * @param tokens most tokens of each request; the context may allow fewer
     * @return one row a request, in order of submission
     * @throws IllegalArgumentException if the prompt does not fit the context
     * @throws IllegalStateException if a request fails, or if the engine's trace is too small to hold all of them
     */
    public static List<Row> run(Engine engine, String prompt, Duration call, int... tokens) {
        Request request = Request.of(prompt)
                .sampling(EndlessText.sampling(engine.tokenizer().vocabulary()));
        await(engine.submit(request.maxTokens(WARM_UP_TOKENS)));
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < tokens.length; i++) {
            Request next = request.maxTokens(tokens[i]);
            boolean calls = i == 0 && call.isPositive();
            generations.add(engine.submit(
                    calls ? next.callAfter(Math.max(1, tokens[i] / 2), () -> after(call)) : next));
        }
        generations.forEach(QueueExperiment::await);
        return rows(
                engine.trace().events(),
                generations.stream().map(Generation::id).toList());
    }

    private static CompletableFuture<Void> after(Duration time) {
        return CompletableFuture.runAsync(
                () -> {}, CompletableFuture.delayedExecutor(time.toNanos(), TimeUnit.NANOSECONDS));
    }

    private static void await(Generation generation) {
        Completion completion = generation.await();
        if (completion.finishReason() != FinishReason.LENGTH) {
            throw new IllegalStateException("a request of the experiment ended with '" + completion.finishReason()
                    + "' instead of 'length': " + completion.error());
        }
    }

    /**
     * Reads the requests' times from a trace.
     *
     * @param ids the requests, in order of submission
     * @throws IllegalStateException if an event of one of them is missing
     */
    static List<Row> rows(List<TraceEvent> events, List<Long> ids) {
        Map<Long, TraceEvent.Queued> queued = byRequest(events, TraceEvent.Queued.class, TraceEvent.Queued::request);
        Map<Long, TraceEvent.Admitted> admitted =
                byRequest(events, TraceEvent.Admitted.class, TraceEvent.Admitted::request);
        Map<Long, TraceEvent.Finished> finished =
                byRequest(events, TraceEvent.Finished.class, TraceEvent.Finished::request);
        List<Row> rows = new ArrayList<>();
        long served = 0;
        for (long id : ids) {
            if (!queued.containsKey(id) || !admitted.containsKey(id) || !finished.containsKey(id)) {
                throw new IllegalStateException(
                        "the trace of " + events.size() + " events lacks some of request " + id);
            }
            long queue = admitted.get(id).timeNs() - queued.get(id).timeNs();
            long service = finished.get(id).timeNs() - admitted.get(id).timeNs();
            rows.add(new Row(
                    rows.size() + 1,
                    queued.get(id).promptTokens(),
                    finished.get(id).tokens(),
                    queue,
                    service,
                    pausedNs(events, id),
                    served));
            served += service;
        }
        return rows;
    }

    private static long pausedNs(List<TraceEvent> events, long id) {
        long sum = 0;
        for (TraceEvent event : events) {
            switch (event) {
                case TraceEvent.Paused paused when paused.request() == id -> sum -= paused.timeNs();
                case TraceEvent.Resumed resumed when resumed.request() == id -> sum += resumed.timeNs();
                default -> {}
            }
        }
        return sum;
    }

    private static <E extends TraceEvent> Map<Long, E> byRequest(
            List<TraceEvent> events, Class<E> kind, Function<E, Long> request) {
        return events.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .collect(Collectors.toMap(request, Function.identity()));
    }
}
