package dev.lockstep.engine;

import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Tenant;
import dev.lockstep.sample.TokenLogprobs;
import dev.lockstep.text.Tokenizer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A request in the engine: a stream of its tokens, as they are chosen, and its completion.
 *
 * <p>The engine's thread writes, any number of others read. The tokens have their place from the start (the request's
 * limit bounds them), so the writer never waits for a reader and never allocates. The last token and the reason for the
 * end become visible together, so a reader of the last token knows that it is the last.
 *
 * <p>Each iterator starts at the first token. Iterators may run in different threads; one of them is not thread-safe.
 */
public final class Generation implements Iterable<Token>, Policy.Waiting {
    /** Who hears, in the caller's thread, what callers do with a generation. */
    interface Listener {
        /** Somebody cancelled it. */
        void cancelled(Generation generation);

        /** It began or ceased to wait for something outside. */
        void pauseChanged();
    }

    /** In the place of a time. */
    static final long NO_DEADLINE = Long.MAX_VALUE;

    /** What a waiting reader finds. */
    enum Arrival {
        /** There is no such token, and never will be. */
        NONE,
        /** A token. */
        TOKEN,
        /** A token, and the last one. */
        LAST_TOKEN
    }

    /** How it ended; {@code tokens} is the final count. */
    private record End(FinishReason reason, String error, int tokens, long logitsHash) {}

    private final long id;
    private final int[] promptTokens;
    private final Request request;
    private final Tokenizer tokenizer;
    private final Listener listener;
    private final RequestClock clock = new RequestClock();
    private final int[] tokens;
    /** Which of the tokens had been guessed. */
    private final boolean[] guessed;
    /** Of the tokens, or null if nobody asks. */
    private final TokenLogprobs[] logprobs;
    /** Of the prompt's tokens, or null if nobody asks; there before the first token is, and then unchanged. */
    private final TokenLogprobs[] promptLogprobs;

    private final long deadlineNs;
    private final long queueDeadlineNs;

    /**
     * A lock and not the monitor: a virtual thread that waits for a monitor is woken by way of another thread. Who waits for
     * the end is not woken by tokens.
     */
    private final ReentrantLock lock = new ReentrantLock();

    /** A token has come, or the end. */
    private final Condition arrival = lock.newCondition();

    private final Condition ended = lock.newCondition();

    /** Guarded by the lock, like {@link #end}. */
    private int count;

    private End end;

    /** How many tokens the reader that is furthest has taken; −1 before anybody reads. */
    private int taken = -1;

    /** Or null. */
    private volatile float[] embedding;

    private volatile int cachedTokens;
    private volatile long guessesChecked;
    private volatile long guessesRight;
    private volatile boolean cancelRequested;

    /** How many things outside it waits for; changed under the lock. */
    private volatile int awaited;

    /** What went wrong outside, or null. */
    private volatile String failure;

    private Tenant tenant;

    /**
     * @param tokensMax most tokens that it can have
     */
    Generation(long id, int[] promptTokens, int tokensMax, Request request, Tokenizer tokenizer, Listener listener) {
        this.id = id;
        this.promptTokens = promptTokens;
        this.request = request;
        this.tokenizer = tokenizer;
        this.listener = listener;
        this.tokens = new int[tokensMax];
        this.guessed = new boolean[tokensMax];
        this.logprobs = request.logprobs() == Request.NO_LOGPROBS ? null : new TokenLogprobs[tokensMax];
        this.promptLogprobs =
                request.promptLogprobs() == Request.NO_LOGPROBS ? null : new TokenLogprobs[promptTokens.length];
        this.deadlineNs = afterSubmission(request.deadline());
        this.queueDeadlineNs = afterSubmission(request.queueTime());
    }

    private long afterSubmission(Duration time) {
        return time == null ? NO_DEADLINE : clock.submittedNs() + time.toNanos();
    }

    /** A number that the trace knows the request by. */
    public long id() {
        return id;
    }

    /** Asks the engine to end it; what was generated until then stays. Does nothing if it has ended. */
    public void cancel() {
        cancelRequested = true;
        listener.cancelled(this);
    }

    /**
     * Pauses it until something outside is done, such as a call to a tool or to another service: from the next step on it
     * takes no part in passes over the weights, and it goes on afterwards to the same tokens. Under a serial schedule
     * everybody behind it waits too; under a continuous one nobody does. Several may be awaited at once. If the stage fails,
     * the generation ends with {@link FinishReason#ERROR}. Cancelling and deadlines work as ever.
     *
     * @return this
     */
    public Generation awaiting(CompletionStage<?> stage) {
        changeAwaited(1);
        stage.whenComplete((_, thrown) -> {
            if (thrown != null && failure == null) {
                failure = "a call outside failed: "
                        + (thrown.getMessage() == null ? thrown.toString() : thrown.getMessage());
            }
            changeAwaited(-1);
        });
        return this;
    }

    private void changeAwaited(int by) {
        lock.lock();
        try {
            awaited += by;
        } finally {
            lock.unlock();
        }
        listener.pauseChanged();
    }

    /**
     * Waits for the end and returns everything.
     *
     * @throws CancellationException if the thread is interrupted; the generation goes on
     */
    public Completion await() {
        End last = awaitEnd();
        TextAssembler assembler = new TextAssembler(tokenizer, request.stops());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < last.tokens; i++) {
            text.append(assembler.append(tokens[i]));
        }
        text.append(assembler.finish());
        return new Completion(
                boxed(promptTokens),
                boxed(Arrays.copyOf(tokens, last.tokens)),
                text.toString(),
                last.reason,
                last.error,
                clock.timings(last.tokens),
                cachedTokens,
                guessesChecked,
                guessesRight,
                last.logitsHash,
                listed(logprobs, last.tokens),
                listed(promptLogprobs, promptTokens.length),
                embedding == null ? null : embedding.clone());
    }

    /**
     * The log-probabilities of the prompt's tokens as {@link Completion#promptLogprobs} has them; waits for the first token,
     * which comes after them, or the end.
     *
     * @throws CancellationException if the thread is interrupted; the generation goes on
     */
    public List<TokenLogprobs> promptLogprobs() {
        lock.lock();
        try {
            while (count == 0 && end == null) {
                waitFor(arrival);
            }
        } finally {
            lock.unlock();
        }
        return listed(promptLogprobs, promptTokens.length);
    }

    private static List<TokenLogprobs> listed(TokenLogprobs[] values, int count) {
        return values == null
                ? List.of()
                : Collections.unmodifiableList(Arrays.asList(values).subList(0, count));
    }

    /** The tokens from the first on; waits for those that are not there yet. */
    @Override
    public Iterator<Token> iterator() {
        return new TokenIterator(this, tokenizer);
    }

    /** Token {@code index}, which is there. */
    int tokenAt(int index) {
        return tokens[index];
    }

    /** Token {@code index}, which is there, with the text that it made readable. */
    Token tokenAt(int index, String text) {
        return new Token(tokens[index], text, guessed[index], logprobs == null ? null : logprobs[index]);
    }

    /** Waits until token {@code index} is there, or it is certain that it never will be. */
    Arrival awaitToken(int index) {
        lock.lock();
        try {
            taken = Math.max(taken, index);
            while (index >= count && end == null) {
                waitFor(arrival);
            }
            if (index >= count) {
                return Arrival.NONE;
            }
            return end != null && index + 1 == end.tokens ? Arrival.LAST_TOKEN : Arrival.TOKEN;
        } finally {
            lock.unlock();
        }
    }

    private End awaitEnd() {
        lock.lock();
        try {
            while (end == null) {
                waitFor(ended);
            }
            return end;
        } finally {
            lock.unlock();
        }
    }

    private void waitFor(Condition condition) {
        try {
            condition.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for request " + id);
        }
    }

    private static List<Integer> boxed(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    // What follows is the engine's side.

    @Override
    public int priority() {
        return request.priority();
    }

    @Override
    public Tenant tenant() {
        return tenant;
    }

    /** Said by the queue when it takes the request in. */
    void tenant(Tenant whose) {
        tenant = whose;
    }

    /** How many guesses were checked in all, and how many were right; said before each end. */
    void guesses(long checked, long right) {
        guessesChecked = checked;
        guessesRight = right;
    }

    /** What is asked for in the place of tokens; said before the end. */
    void embedding(float[] pooled) {
        embedding = pooled;
    }

    /** Tokens of the prompt that need not be computed. */
    void cachedTokens(int tokens) {
        cachedTokens = tokens;
    }

    /** By {@link System#nanoTime}, or {@link #NO_DEADLINE}. */
    long deadlineNs() {
        return deadlineNs;
    }

    boolean expired(long now) {
        return passed(deadlineNs, now);
    }

    /** When it ends if it still waits in the queue: its deadline, or when it has waited long enough. */
    long waitingDeadlineNs() {
        if (deadlineNs == NO_DEADLINE || queueDeadlineNs == NO_DEADLINE) {
            return queueDeadlineNs == NO_DEADLINE ? deadlineNs : queueDeadlineNs;
        }
        return deadlineNs - queueDeadlineNs < 0 ? deadlineNs : queueDeadlineNs;
    }

    /** Why it ends if it still waits in the queue, or null if it goes on waiting. */
    FinishReason reasonToLeaveQueue(long now) {
        if (expired(now)) {
            return FinishReason.DEADLINE;
        }
        return passed(queueDeadlineNs, now) ? FinishReason.QUEUE_TIME : null;
    }

    private static boolean passed(long deadline, long now) {
        return deadline != NO_DEADLINE && deadline - now <= 0;
    }

    /** Whether it waits for something outside. */
    boolean paused() {
        return awaited > 0;
    }

    /** What went wrong outside, or null. */
    String failure() {
        return failure;
    }

    /** Whether a reader is further behind than the request allows. */
    boolean readerTooSlow() {
        if (request.readerLagMax() == 0) {
            return false;
        }
        lock.lock();
        try {
            return taken >= 0 && count - taken > request.readerLagMax();
        } finally {
            lock.unlock();
        }
    }

    /** What is told of it when it ends with so many tokens. */
    RequestSummary summary(FinishReason reason, int tokenCount) {
        return new RequestSummary(
                id,
                request.tenant(),
                reason,
                promptTokens.length,
                cachedTokens,
                tokenCount,
                guessesChecked,
                guessesRight,
                clock.timings(tokenCount));
    }

    boolean cancelRequested() {
        return cancelRequested;
    }

    int[] promptTokens() {
        return promptTokens;
    }

    Request request() {
        return request;
    }

    RequestClock clock() {
        return clock;
    }

    int count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    int tokensMax() {
        return tokens.length;
    }

    /** Notes what the model gave a token of the prompt; said before the first token is published. */
    void promptLogprobs(int index, TokenLogprobs asked) {
        promptLogprobs[index] = asked;
    }

    /**
     * Publishes a token.
     *
     * @param asked its log-probabilities, or null
     */
    void publish(int token, boolean wasGuessed, TokenLogprobs asked) {
        lock.lock();
        try {
            add(token, wasGuessed, asked);
            arrival.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void add(int token, boolean wasGuessed, TokenLogprobs asked) {
        guessed[count] = wasGuessed;
        if (logprobs != null) {
            logprobs[count] = asked;
        }
        tokens[count++] = token;
    }

    /** Publishes a token that is the last, together with the end. */
    void publishLast(int token, boolean wasGuessed, TokenLogprobs asked, FinishReason reason, long logitsHash) {
        lock.lock();
        try {
            add(token, wasGuessed, asked);
            publishEnd(reason, null, logitsHash);
        } finally {
            lock.unlock();
        }
    }

    /** Publishes the end without a further token. */
    void publishEnd(FinishReason reason, String error, long logitsHash) {
        lock.lock();
        try {
            assert end == null : "request " + id + " ended twice";
            end = new End(reason, error, count, logitsHash);
            arrival.signalAll();
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
