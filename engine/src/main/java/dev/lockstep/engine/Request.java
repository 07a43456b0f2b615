package dev.lockstep.engine;

import dev.lockstep.plan.PromptWants;
import dev.lockstep.plan.Speculation;
import dev.lockstep.sample.LogProbabilities;
import dev.lockstep.sample.SamplingParameters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * What to generate: a prompt, a limit and how to sample. Immutable; each method returns a changed copy.
 *
 * <p>A text prompt is tokenised with the model's beginning-of-text token in front where the model wants one; special
 * tokens inside it are plain text unless {@link #parseSpecial} says otherwise. A prompt of token ids is taken as it is.
 */
public final class Request {
    /** Most stop strings. */
    public static final int STOPS_MAX = 64;

    /** Longest stop string in characters. */
    public static final int STOP_LENGTH_MAX = 1_024;

    /** Longest name of a tenant in characters. */
    public static final int TENANT_LENGTH_MAX = 256;

    /** Most alternatives of a token in {@link #logprobs} and {@link #promptLogprobs}. */
    public static final int LOGPROBS_MAX = LogProbabilities.TOP_MAX;

    /** In the place of a number of alternatives: nobody asks. */
    static final int NO_LOGPROBS = -1;

    /** Longest deadline, and longest time in the queue. */
    public static final Duration DEADLINE_MAX = Duration.ofDays(365);

    /**
     * Something outside that the request waits for.
     *
     * @param afterTokens after how many tokens of output
     * @param call begins it, in a thread of its own
     */
    record ExternalCall(int afterTokens, Supplier<? extends CompletionStage<?>> call) {}

    private String text;
    private int[] tokens;
    private boolean parseSpecial;
    private int maxTokens = 128;
    private SamplingParameters sampling = SamplingParameters.GREEDY;
    private List<String> stops = List.of();
    private String tenant = "";
    private int priority;
    private Duration deadline;
    private Duration queueTime;
    private int readerLagMax;
    private List<ExternalCall> calls = List.of();
    private Speculation speculation;
    private int logprobs = NO_LOGPROBS;
    private int promptLogprobs = NO_LOGPROBS;
    private Pooling pooling;
    private boolean normalised;

    private Request() {}

    /** A copy, to be changed before anybody else sees it. */
    private Request copy() {
        Request copy = new Request();
        copy.text = text;
        copy.tokens = tokens;
        copy.parseSpecial = parseSpecial;
        copy.maxTokens = maxTokens;
        copy.sampling = sampling;
        copy.stops = stops;
        copy.tenant = tenant;
        copy.priority = priority;
        copy.deadline = deadline;
        copy.queueTime = queueTime;
        copy.readerLagMax = readerLagMax;
        copy.calls = calls;
        copy.speculation = speculation;
        copy.logprobs = logprobs;
        copy.promptLogprobs = promptLogprobs;
        copy.pooling = pooling;
        copy.normalised = normalised;
        return copy;
    }

    /** A request for greedy continuation of a text by at most 128 tokens. */
    public static Request of(String prompt) {
        Request request = new Request();
        request.text = prompt;
        return request;
    }

    /** A request for greedy continuation of token ids by at most 128 tokens. */
    public static Request ofTokens(int... prompt) {
        Request request = new Request();
        request.tokens = prompt.clone();
        return request;
    }

    /** Generates at most {@code limit} tokens, at least 1; the context ends it earlier if it must. */
    public Request maxTokens(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("max tokens is " + limit + ", must be at least 1");
        }
        Request copy = copy();
        copy.maxTokens = limit;
        return copy;
    }

    /**
     * Generates nothing: the prompt goes through the model once, for {@link #promptLogprobs} or to be in the prefix tree, and
     * the request ends with {@link FinishReason#LENGTH}. The prompt may then be as long as the context.
     */
    public Request promptOnly() {
        Request copy = copy();
        copy.maxTokens = 0;
        return copy;
    }

    /**
     * Has each generated token come with its log-probability and the {@code top} likeliest tokens in its place with theirs,
     * 0 to {@value #LOGPROBS_MAX}. They are the model's own: of the softmax of its logits before bias, penalties,
     * temperature and filters. They have the same bits under every schedule, with guessing and without.
     */
    public Request logprobs(int top) {
        Request copy = copy();
        copy.logprobs = checkedTop(top);
        return copy;
    }

    /**
     * Has the completion tell the log-probabilities of the prompt's tokens, as {@link #logprobs} does for generated ones. Then
     * nothing is taken from the prefix tree, and the prompt goes through the model in chunks of as many rows as a step
     * has room for with logits, which {@link EngineOptions#scoredRows} makes larger.
     */
    public Request promptLogprobs(int top) {
        Request copy = copy();
        copy.promptLogprobs = checkedTop(top);
        return copy;
    }

    /**
     * Generates nothing and has the completion carry the prompt's embedding: its final hidden states, after the output norm,
     * pooled. It shares steps with other requests, has the same bits under every schedule and ends with
     * {@link FinishReason#STOP}. The prompt may be as long as the context.
     *
     * @param normalise whether it is divided by its length (L2)
     */
    public Request embedding(Pooling how, boolean normalise) {
        Request copy = promptOnly();
        copy.pooling = how;
        copy.normalised = normalise;
        return copy;
    }

    private static int checkedTop(int top) {
        if (top < 0 || top > LOGPROBS_MAX) {
            throw new IllegalArgumentException(
                    "log-probabilities of the " + top + " likeliest tokens, allowed are 0 to " + LOGPROBS_MAX);
        }
        return top;
    }

    /** Samples in this way. */
    public Request sampling(SamplingParameters parameters) {
        Request copy = copy();
        copy.sampling = parameters;
        return copy;
    }

    /** Samples at this temperature. */
    public Request temperature(double temperature) {
        return sampling(sampling.withTemperature((float) temperature));
    }

    /** Samples with this seed. */
    public Request seed(long seed) {
        return sampling(sampling.withSeed(seed));
    }

    /** Ends the text before {@code stop}, too. */
    public Request stop(String stop) {
        if (stop.isEmpty() || stop.length() > STOP_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "stop string of " + stop.length() + " characters, allowed are 1 to " + STOP_LENGTH_MAX);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(stop)) {
            throw new IllegalArgumentException("stop string with half of a surrogate pair, which no text contains");
        }
        if (stops.size() == STOPS_MAX) {
            throw new IllegalArgumentException("more than " + STOPS_MAX + " stop strings");
        }
        Request copy = copy();
        copy.stops = plus(stops, stop);
        return copy;
    }

    private static <T> List<T> plus(List<T> some, T more) {
        List<T> all = new ArrayList<>(some);
        all.add(more);
        return List.copyOf(all);
    }

    /** Whether the text of a special token in the prompt means that token. */
    public Request parseSpecial(boolean parse) {
        Request copy = copy();
        copy.parseSpecial = parse;
        return copy;
    }

    /**
     * Whose request this is: tenants share no keys and values, and share the engine by weight under
     * {@link dev.lockstep.plan.Policy#FAIR}. The empty name unless set.
     */
    public Request tenant(String name) {
        if (name.length() > TENANT_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "tenant's name of " + name.length() + " characters, allowed are at most " + TENANT_LENGTH_MAX);
        }
        Request copy = copy();
        copy.tenant = name;
        return copy;
    }

    /** The higher, the sooner it is admitted under {@link dev.lockstep.plan.Policy#PRIORITY}; 0 unless set. */
    public Request priority(int level) {
        Request copy = copy();
        copy.priority = level;
        return copy;
    }

    /** Ends it with {@link FinishReason#DEADLINE} so long after its submission, at the next step, if it has not ended. */
    public Request deadline(Duration afterSubmission) {
        Request copy = copy();
        copy.deadline = checkedTime("deadline", afterSubmission);
        return copy;
    }

    /**
     * Ends it with {@link FinishReason#QUEUE_TIME}, before anything of it was computed, if it has not been admitted so long
     * after its submission. A request that was admitted and lost its KV pages to others is not ended by this.
     */
    public Request queueTime(Duration most) {
        Request copy = copy();
        copy.queueTime = checkedTime("queue time", most);
        return copy;
    }

    private static Duration checkedTime(String what, Duration time) {
        if (time.isNegative() || time.compareTo(DEADLINE_MAX) > 0) {
            throw new IllegalArgumentException(
                    what + " of " + time.toMillis() + " ms, allowed are 0 to " + DEADLINE_MAX.toMillis());
        }
        return time;
    }

    /**
     * Ends it with {@link FinishReason#SLOW_READER} when a reader has begun to read its stream and is more than so many
     * tokens behind, at least 1. Unless set it may be any number behind: a slow reader never slows the engine, and all
     * tokens of a request have room from the start.
     */
    public Request readerLag(int tokensMax) {
        if (tokensMax < 1) {
            throw new IllegalArgumentException("reader lag of " + tokensMax + " tokens, must be at least 1");
        }
        Request copy = copy();
        copy.readerLagMax = tokensMax;
        return copy;
    }

    /**
     * Pauses after so many tokens of output, at least 1, until something outside is done: a tool, another service. The call
     * is begun in a thread of its own when the token has been chosen. Like {@link Generation#awaiting}, at a moment that is
     * known beforehand.
     */
    public Request callAfter(int outputTokens, Supplier<? extends CompletionStage<?>> call) {
        if (outputTokens < 1) {
            throw new IllegalArgumentException("call after " + outputTokens + " tokens, must be at least 1");
        }
        Request copy = copy();
        copy.calls = plus(calls, new ExternalCall(outputTokens, call));
        return copy;
    }

    /** Who guesses its next tokens; as the engine has it unless set. An engine that was opened without guessing has none. */
    public Request speculation(Speculation how) {
        Request copy = copy();
        copy.speculation = how;
        return copy;
    }

    String text() {
        return text;
    }

    int[] tokens() {
        return tokens;
    }

    boolean parseSpecial() {
        return parseSpecial;
    }

    int maxTokens() {
        return maxTokens;
    }

    SamplingParameters sampling() {
        return sampling;
    }

    List<String> stops() {
        return stops;
    }

    String tenant() {
        return tenant;
    }

    int priority() {
        return priority;
    }

    /** Or null. */
    Duration deadline() {
        return deadline;
    }

    /** Or null. */
    Duration queueTime() {
        return queueTime;
    }

    /** Or 0. */
    int readerLagMax() {
        return readerLagMax;
    }

    /** Or null. */
    Speculation speculation() {
        return speculation;
    }

    /** How many alternatives of each token are asked for, or {@link #NO_LOGPROBS}. */
    int logprobs() {
        return logprobs;
    }

    /** How many alternatives of each token of the prompt are asked for, or {@link #NO_LOGPROBS}. */
    int promptLogprobs() {
        return promptLogprobs;
    }

    /** Or null. */
    Pooling pooling() {
        return pooling;
    }

    /** Whether the embedding is divided by its length. */
    boolean normalised() {
        return normalised;
    }

    /** What the prompt's rows are to give. */
    PromptWants promptWants() {
        if (pooling != null) {
            return pooling == Pooling.LAST ? PromptWants.LAST_STATE : PromptWants.STATES;
        }
        return promptLogprobs == NO_LOGPROBS ? PromptWants.NEXT_TOKEN : PromptWants.LOGITS;
    }

    /** Refuses what contradicts itself. */
    void check() {
        if (pooling != null && (maxTokens > 0 || promptLogprobs != NO_LOGPROBS)) {
            throw new IllegalArgumentException("an embedding has no output and no log-probabilities, but "
                    + (maxTokens > 0 ? "max tokens is " + maxTokens : "those of the prompt are asked for"));
        }
    }

    List<ExternalCall> calls() {
        return calls;
    }
}
