package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.QueueFullException;
import dev.lockstep.engine.Request;
import dev.lockstep.engine.Token;
import dev.lockstep.engine.TokenIterator;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.http.Exchange;
import dev.lockstep.server.metrics.Operation;
import dev.lockstep.server.metrics.RequestFigures;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The generations that one request of a client needs: all of them are submitted, or none.
 *
 * <p>Several choices of one prompt share its keys and values: the first is submitted alone, and the others when its first
 * token is there and the prefix tree has the prompt. Closing cancels what has not ended.
 */
final class Choices implements AutoCloseable {
    /** Hears of tokens and ends; from several threads, but for each choice from one. */
    interface Listener {
        /** A choice has been submitted. */
        void begin(int choice, Generation generation) throws IOException;

        /** The next token of a choice. */
        void token(int choice, Token token) throws IOException;

        /** The end of a choice. */
        void end(int choice, Completion completion) throws IOException;

        /** All that has come was told: whatever was gathered is to be sent, since the next may take a while. */
        void pause() throws IOException;
    }

    private static final int TOKENS_WORTH_SHARING = 32;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    /** Who has waited as long as anybody may, waited behind many: those are not gone in a second. */
    private static final Duration RETRY_AFTER_WAITING = Duration.ofSeconds(5);

    private final Engine engine;
    private final RequestGate gate;
    private final GenerationObserver observer;
    private final Operation operation;
    private final Exchange exchange;
    private final Duration queueTime;
    private final List<Generation> generations = new ArrayList<>();
    /** Those that have been seen to end, by their numbers. */
    private final Map<Long, Completion> ended = new ConcurrentHashMap<>();

    private final AtomicBoolean answered = new AtomicBoolean();
    private int perPrompt = 1;
    /** Whether no more will be submitted. */
    private volatile boolean complete;

    private volatile boolean cancelled;
    private volatile boolean endedByServer;

    /** Why the others were cancelled, or null. */
    private volatile Completion failed;

    private Choices(ServedModel model, Operation operation, Exchange exchange) {
        this.engine = model.engine();
        this.gate = model.gate();
        this.observer = model.observer();
        this.operation = operation;
        this.exchange = exchange;
        this.queueTime = model.limits().queueTime();
    }

    /** Nothing submitted yet: what a watch on the client may cancel from the start. */
    static Choices of(ServedModel model, Operation operation, Exchange exchange) {
        Choices choices = new Choices(model, operation, exchange);
        choices.gate.entered(choices);
        return choices;
    }

    /**
     * Submits.
     *
     * @param groups of each prompt, requests for its choices, of all as many
     * @throws ApiException 429 if the queue is full, 400 if a request cannot run, 503 if the engine is closed
     */
    void submit(List<ChoiceGroup> groups) {
        perPrompt = groups.getFirst().requests().size();
        for (ChoiceGroup group : groups) {
            List<Request> requests = group.requests();
            Generation first = add(generations.isEmpty() ? patient(requests.getFirst()) : requests.getFirst());
            if (requests.size() > 1 && group.prompt().length >= TOKENS_WORTH_SHARING) {
                awaitFirstToken(first);
            }
            for (Request choice : requests.subList(1, requests.size())) {
                add(choice);
            }
        }
        complete = true;
    }

    /** Only the very first may be too late in the queue: once it runs, something may have been sent. */
    private Request patient(Request request) {
        return queueTime.isZero() ? request : request.queueTime(queueTime);
    }

    private static void awaitFirstToken(Generation generation) {
        Iterator<Token> tokens = generation.iterator();
        if (tokens.hasNext()) {
            tokens.next();
        }
    }

    private Generation add(Request request) {
        try {
            Generation generation = engine.submit(request);
            synchronized (generations) {
                generations.add(generation);
            }
            if (cancelled) {
                generation.cancel();
            }
            return generation;
        } catch (QueueFullException e) {
            cancel();
            throw ApiException.tooMany("queue_full", e.getMessage(), RETRY_AFTER);
        } catch (IllegalArgumentException e) {
            cancel();
            throw ApiException.invalid(null, e.getMessage());
        } catch (IllegalStateException e) {
            cancel();
            throw ApiException.unavailable("shutting_down", "the server is ending and takes no more requests");
        }
    }

    /** Waits for all. */
    List<Completion> await() {
        return snapshot().stream().map(this::end).toList();
    }

    /** Ended neither by itself nor because somebody cancelled it. */
    private static boolean isFailure(Completion completion) {
        return switch (completion.finishReason()) {
            case STOP, LENGTH, CANCELLED -> false;
            default -> true;
        };
    }

    /** Waits for the end of one, and has it observed once, and the end of all; if it failed, the others are for nothing. */
    private Completion end(Generation generation) {
        Completion completion = generation.await();
        if (ended.putIfAbsent(generation.id(), completion) == null) {
            observer.ended(exchange.tenant(), completion);
        }
        if (isFailure(completion) && failed == null) {
            failed = completion;
            cancel();
        }
        List<Generation> all = snapshot();
        if (complete && ended.size() == all.size() && answered.compareAndSet(false, true)) {
            List<Completion> completions =
                    all.stream().map(one -> ended.get(one.id())).toList();
            observer.answered(exchange, operation, RequestFigures.of(exchange.tenant(), completions, perPrompt));
        }
        return completion;
    }

    private List<Generation> snapshot() {
        synchronized (generations) {
            return List.copyOf(generations);
        }
    }

    /** Tells a listener everything until all have ended; if it fails, all are cancelled. */
    void stream(Listener listener) throws IOException {
        List<Generation> all = snapshot();
        if (all.size() == 1) {
            stream(0, all.getFirst(), listener);
            return;
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                int choice = i;
                readers.add(threads.submit(() -> {
                    stream(choice, all.get(choice), listener);
                    listener.pause();
                    return null;
                }));
            }
            awaitAll(readers);
        }
    }

    private void stream(int choice, Generation generation, Listener listener) throws IOException {
        try {
            listener.begin(choice, generation);
            TokenIterator tokens = generation.iterator();
            while (hasNext(tokens, listener)) {
                listener.token(choice, tokens.next());
            }
            listener.end(choice, end(generation));
        } catch (IOException | RuntimeException | Error e) {
            cancel();
            throw e;
        }
    }

    private static boolean hasNext(TokenIterator tokens, Listener listener) throws IOException {
        if (!tokens.ready()) {
            listener.pause();
        }
        return tokens.hasNext();
    }

    /** All readers end, since whoever fails cancels the rest; the first failure is what is told. */
    private static void awaitAll(List<Future<?>> readers) throws IOException {
        Throwable failure = null;
        for (Future<?> reader : readers) {
            try {
                reader.get();
            } catch (ExecutionException e) {
                failure = moreTelling(failure, e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ClientGoneException();
            }
        }
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    /** What was cancelled because of another failure says less than that failure. */
    private static Throwable moreTelling(Throwable first, Throwable second) {
        return first == null || first instanceof ClientGoneException ? second : first;
    }

    /** Cancels all that have been submitted, and all that will be. */
    void cancel() {
        cancelled = true;
        snapshot().forEach(Generation::cancel);
    }

    /** Cancels all because the server ends, which is what their ends will say. */
    void endByServer() {
        endedByServer = true;
        cancel();
    }

    /**
     * OpenAI's word for an end that is a result.
     *
     * @throws ClientGoneException if the request was cancelled because its client has gone
     * @throws ApiException if it ended otherwise than by itself
     */
    String finishReason(Completion completion) throws IOException {
        return switch (completion.finishReason()) {
            case STOP, LENGTH -> completion.finishReason().label();
            case CANCELLED -> {
                if (endedByServer) {
                    throw shuttingDown();
                }
                if (failed != null) {
                    yield finishReason(failed);
                }
                throw new ClientGoneException();
            }
            case DEADLINE ->
                throw ApiException.refused(
                        408, "time_limit_exceeded", "the request took longer than the server's limit");
            case QUEUE_TIME ->
                throw ApiException.unavailable(
                        "queue_timeout",
                        "the server is busy: the request waited " + queueTime.toMillis() / 1e3
                                + " s, as long as any may, and was not begun",
                        RETRY_AFTER_WAITING);
            case SLOW_READER ->
                throw ApiException.refused(408, "reader_too_slow", "the client reads more slowly than is allowed");
            case ERROR -> throw ApiException.failed("the engine failed on this request");
            default -> throw shuttingDown();
        };
    }

    private static ApiException shuttingDown() {
        return ApiException.unavailable("shutting_down", "the server ended before the request did");
    }

    @Override
    public void close() {
        gate.left(this);
        complete = true;
        cancel();
        await();
    }
}
