package dev.lockstep.engine;

import dev.lockstep.sample.TokenLogprobs;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The tokens of one request on their way from the engine's thread, which alone writes, to any number of readers.
 *
 * <p>The idea: arrays that have their size from the start, as the request's limit bounds them, filled from the front, and an
 * end behind them. So the writer never waits for a reader and never allocates for a token, and each reader goes through at
 * its own pace with nothing but an index.
 *
 * <p>Invariants: what stands before {@link #count} never changes, so it is read without the lock by whoever has seen the count
 * under it. There is one end, set once, and nothing comes after it. The last token and the end become visible together, so
 * a reader of the last token knows that it is the last.
 *
 * <p>Two conditions, since those who wait for the end alone are not to be woken by every token.
 */
final class TokenStream {
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
    record End(FinishReason reason, String error, int tokens, long logitsHash) {}

    private final long request;
    private final int[] tokens;
    /** Which of the tokens had been guessed. */
    private final boolean[] guessed;
    /** Of the tokens, or null if nobody asks. */
    private final TokenLogprobs[] logprobs;

    /** A lock and not the monitor: a virtual thread that waits for a monitor is woken by way of another thread. */
    private final ReentrantLock lock = new ReentrantLock();

    /** A token has come, or the end. */
    private final Condition arrival = lock.newCondition();

    private final Condition ended = lock.newCondition();

    /** Guarded by the lock, like {@link #end}. */
    private int count;

    private End end;

    /** How many tokens the reader that is furthest has taken; −1 before anybody reads. */
    private int taken = -1;

    /**
     * @param request the number that messages name
     * @param tokensMax most tokens that it can have
     * @param withLogprobs whether each comes with log-probabilities
     */
    TokenStream(long request, int tokensMax, boolean withLogprobs) {
        this.request = request;
        this.tokens = new int[tokensMax];
        this.guessed = new boolean[tokensMax];
        this.logprobs = withLogprobs ? new TokenLogprobs[tokensMax] : null;
    }

    /** Most tokens that it can have. */
    int tokensMax() {
        return tokens.length;
    }

    // The writer's side.

    /** Tokens that are there. */
    int count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** How many tokens the reader that is furthest has before it; none if nobody reads. */
    int lag() {
        lock.lock();
        try {
            return taken < 0 ? 0 : count - taken;
        } finally {
            lock.unlock();
        }
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
            assert end == null : "request " + request + " ended twice";
            end = new End(reason, error, count, logitsHash);
            arrival.signalAll();
            ended.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // The readers' side.

    /**
     * Waits until token {@code index} is there, or it is certain that it never will be.
     *
     * @throws CancellationException if the thread is interrupted, as all that waits here does
     */
    Arrival awaitToken(int index) {
        lock.lock();
        try {
            taken = Math.max(taken, index);
            awaitCount(index + 1);
            if (index >= count) {
                return Arrival.NONE;
            }
            return end != null && index + 1 == end.tokens ? Arrival.LAST_TOKEN : Arrival.TOKEN;
        } finally {
            lock.unlock();
        }
    }

    /** Whether {@link #awaitToken} would not wait for this one. */
    boolean arrived(int index) {
        lock.lock();
        try {
            return index < count || end != null;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the first token or the end, and does not count as a reader. */
    void awaitFirst() {
        lock.lock();
        try {
            awaitCount(1);
        } finally {
            lock.unlock();
        }
    }

    private void awaitCount(int atLeast) {
        while (count < atLeast && end == null) {
            waitFor(arrival);
        }
    }

    /** Waits for the end. */
    End awaitEnd() {
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
            throw new CancellationException("interrupted while waiting for request " + request);
        }
    }

    /** The id of token {@code index}, which is there. */
    int id(int index) {
        return tokens[index];
    }

    /** Token {@code index}, which is there, with the text that it made readable. */
    Token token(int index, String text) {
        return new Token(tokens[index], text, guessed[index], logprobs == null ? null : logprobs[index]);
    }

    /** The ids of the first {@code upTo} tokens, which are there. */
    List<Integer> ids(int upTo) {
        return Arrays.stream(tokens, 0, upTo).boxed().toList();
    }

    /** The log-probabilities of the first {@code upTo} tokens, which are there; none if nobody asks. */
    List<TokenLogprobs> logprobs(int upTo) {
        return listed(logprobs, upTo);
    }

    /** A view of the first {@code upTo} values, or nothing if there are none. */
    static List<TokenLogprobs> listed(TokenLogprobs[] values, int upTo) {
        return values == null
                ? List.of()
                : Collections.unmodifiableList(Arrays.asList(values).subList(0, upTo));
    }
}
