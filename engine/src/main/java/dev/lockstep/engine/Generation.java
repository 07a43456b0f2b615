package dev.lockstep.engine;

import dev.lockstep.plan.Policy;
import dev.lockstep.plan.Tenant;
import dev.lockstep.sample.TokenLogprobs;
import dev.lockstep.text.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;

/**
 * A request in the engine: a stream of its tokens, as they are chosen, and its completion.
 *
 * <p>The engine's thread writes, any number of others read; the writer never waits for a reader. A reader of the last token
 * knows that it is the last.
 *
 * <p>Each iterator starts at the first token. Iterators may run in different threads; one of them is not thread-safe.
 */
// How tokens get from one thread to the others is the TokenStream's; here is what callers see of a request, and what
// the engine notes about it. What it notes is written before the first token or the end, and read after it.
public final class Generation implements Iterable<Token>, Policy.Waiting {
    /** Who hears, in the caller's thread, what callers do with a generation. */
    interface Listener {
        /** Somebody cancelled it. */
        void cancelled(Generation generation);

        /** It began or ceased to wait for something outside. */
        void pauseChanged();
    }

    private final long id;
    private final int[] promptTokens;
    private final Request request;
    private final Tokenizer tokenizer;
    private final Listener listener;
    private final RequestClock clock = new RequestClock();
    private final Deadlines deadlines;
    private final TokenStream stream;
    private final Awaited awaited;
    /** Of the prompt's tokens, or null if nobody asks; there before the first token is, and then unchanged. */
    private final TokenLogprobs[] promptLogprobs;

    /** Or null. */
    private volatile float[] embedding;

    private volatile int cachedTokens;
    private volatile long guessesChecked;
    private volatile long guessesRight;
    private volatile boolean cancelRequested;
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
        this.deadlines = Deadlines.of(request, clock.submittedNs());
        this.stream = new TokenStream(id, tokensMax, request.logprobs() != Request.NO_LOGPROBS);
        this.awaited = new Awaited(listener);
        this.promptLogprobs =
                request.promptLogprobs() == Request.NO_LOGPROBS ? null : new TokenLogprobs[promptTokens.length];
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
        awaited.add(stage);
        return this;
    }

    /**
     * Waits for the end and returns everything.
     *
     * @throws CancellationException if the thread is interrupted; the generation goes on
     */
    public Completion await() {
        TokenStream.End end = stream.awaitEnd();
        TextAssembler assembler = new TextAssembler(tokenizer, request.stops());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < end.tokens(); i++) {
            text.append(assembler.append(stream.id(i)));
        }
        text.append(assembler.finish());
        return new Completion(
                Arrays.stream(promptTokens).boxed().toList(),
                stream.ids(end.tokens()),
                text.toString(),
                end.reason(),
                end.error(),
                clock.timings(end.tokens()),
                cachedTokens,
                guessesChecked,
                guessesRight,
                end.logitsHash(),
                stream.logprobs(end.tokens()),
                TokenStream.listed(promptLogprobs, promptTokens.length),
                embedding == null ? null : embedding.clone());
    }

    /**
     * The log-probabilities of the prompt's tokens as {@link Completion#promptLogprobs} has them; waits for the first token,
     * which comes after them, or the end.
     *
     * @throws CancellationException if the thread is interrupted; the generation goes on
     */
    public List<TokenLogprobs> promptLogprobs() {
        stream.awaitFirst();
        return TokenStream.listed(promptLogprobs, promptTokens.length);
    }

    /** The tokens from the first on; waits for those that are not there yet. */
    @Override
    public TokenIterator iterator() {
        return new TokenIterator(stream, new TextAssembler(tokenizer, request.stops()));
    }

    // What follows is the engine's side.

    /** Its tokens, to be written. */
    TokenStream stream() {
        return stream;
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

    Deadlines deadlines() {
        return deadlines;
    }

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

    boolean cancelRequested() {
        return cancelRequested;
    }

    /** Whether it waits for something outside. */
    boolean paused() {
        return awaited.any();
    }

    /** What went wrong outside, or null. */
    String failure() {
        return awaited.failure();
    }

    /** Whether a reader is further behind than the request allows. */
    boolean readerTooSlow() {
        return request.readerLagMax() != 0 && stream.lag() > request.readerLagMax();
    }

    /** Tokens of the prompt that need not be computed. */
    void cachedTokens(int tokens) {
        cachedTokens = tokens;
    }

    /** Notes what the model gave a token of the prompt; said before the first token is published. */
    void promptLogprobs(int index, TokenLogprobs asked) {
        promptLogprobs[index] = asked;
    }

    /** What is asked for in the place of tokens; said before the end. */
    void embedding(float[] pooled) {
        embedding = pooled;
    }

    /** How many guesses were checked in all, and how many were right; said before each end. */
    void guesses(long checked, long right) {
        guessesChecked = checked;
        guessesRight = right;
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
}
