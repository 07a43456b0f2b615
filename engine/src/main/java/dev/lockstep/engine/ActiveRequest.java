package dev.lockstep.engine;

import dev.lockstep.plan.Sequence;
import dev.lockstep.plan.Speculation;
import dev.lockstep.sample.LogProbabilities;
import dev.lockstep.sample.Sampler;
import dev.lockstep.sample.StopMatcher;
import dev.lockstep.sample.TokenLogprobs;
import dev.lockstep.text.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** An admitted request: its sequence, and what chooses its tokens and sees its end. Belongs to the engine's loop. */
final class ActiveRequest {
    /** What choosing a token led to. */
    enum Outcome {
        /** A token, and more to come. */
        TOKEN,
        /** A token that completed a stop string. */
        STOP_STRING,
        /** A token that was the last that there is room for. */
        FULL,
        /** The model ended its text; the token that says so is not part of the output. */
        END_OF_TEXT
    }

    private final Generation generation;
    private final Sequence sequence;
    private final Tokenizer tokenizer;
    private final Sampler sampler;
    private final LogProbabilities logprobs;
    private final StopMatcher stops;
    private final boolean hashLogits;
    /** Or null if nobody asks. */
    private final EmbeddingSum embedding;

    private final List<Request.ExternalCall> calls;
    private final Guessing guessing;
    private int wanted;
    private int guesses;
    private int tentative;
    private boolean drafted;
    private boolean inCycle;
    private int cycleRight;
    private int cycleTokens;
    private boolean wasPaused;
    private long guessesChecked;
    private long guessesRight;
    private long logitsHash;
    private int token;
    private TokenLogprobs tokenLogprobs;

    /**
     * @param width floats of a hidden state
     */
    ActiveRequest(
            Generation generation,
            Sequence sequence,
            Tokenizer tokenizer,
            Sampler.Workspace workspace,
            LogProbabilities logprobs,
            int width,
            Guessing guessing,
            boolean hashLogits) {
        this.generation = generation;
        this.sequence = sequence;
        this.tokenizer = tokenizer;
        this.sampler = new Sampler(generation.request().sampling(), workspace, generation.promptTokens());
        this.logprobs = logprobs;
        this.stops = new StopMatcher(generation.request().stops());
        this.guessing = guessing;
        this.hashLogits = hashLogits;
        this.embedding = generation.request().pooling() == null
                ? null
                : new EmbeddingSum(width, generation.request().normalised());
        this.calls = generation.request().calls();
    }

    /**
     * Begins the calls that are due after so many tokens of output.
     *
     * @return whether there are any; the generation is paused then
     */
    boolean callOutside(int outputTokens) {
        boolean any = false;
        for (int i = 0; i < calls.size(); i++) {
            if (calls.get(i).afterTokens() == outputTokens) {
                Supplier<? extends CompletionStage<?>> call = calls.get(i).call();
                CompletableFuture<Object> done = new CompletableFuture<>();
                generation.awaiting(done);
                any = true;
                Thread.ofVirtual().name("lockstep-call-" + generation.id()).start(() -> begin(call, done));
            }
        }
        return any;
    }

    private static void begin(Supplier<? extends CompletionStage<?>> call, CompletableFuture<Object> done) {
        try {
            call.get().whenComplete((value, thrown) -> {
                if (thrown == null) {
                    done.complete(value);
                } else {
                    done.completeExceptionally(thrown);
                }
            });
        } catch (Throwable e) {
            done.completeExceptionally(e);
        }
    }

    /**
     * Takes over whether the generation is paused.
     *
     * @return whether that has changed
     */
    boolean updatePaused() {
        boolean paused = generation.paused();
        sequence.paused(paused);
        boolean changed = paused != wasPaused;
        wasPaused = paused;
        return changed;
    }

    /**
     * Chooses the sequence's next token from logits and appends it.
     *
     * @param place which of the step's guesses stands there
     */
    Outcome choose(MemorySegment logits, int place) {
        if (hashLogits) {
            logitsHash = hash(logitsHash, logits);
        }
        token = draw(logits, place);
        if (tokenizer.vocabulary().isEndOfGeneration(token)) {
            return Outcome.END_OF_TEXT;
        }
        int top = generation.request().logprobs();
        if (top != Request.NO_LOGPROBS) {
            tokenLogprobs = logprobs.of(logits, token, top, sequence.length());
        }
        sampler.observe(token);
        sequence.append(token);
        if (stops.feed(tokenizer.bytes(token))) {
            return Outcome.STOP_STRING;
        }
        return sequence.full() ? Outcome.FULL : Outcome.TOKEN;
    }

    /** Takes in what the step's rows of the prompt give: what the model says of the tokens behind them, or their states. */
    void observePrompt(StepRun step) {
        for (int i = 0; i < sequence.observedInStep(); i++) {
            int index = sequence.observedIndex() + i;
            if (embedding != null) {
                embedding.add(step.state(index));
            } else {
                int next = sequence.observed() + i + 1;
                int top = generation.request().promptLogprobs();
                generation.promptLogprobs(next, logprobs.of(step.logits(index), sequence.tokens()[next], top, next));
            }
        }
    }

    /**
     * Whether it is done, as its prompt is through and there is no room for output.
     *
     * @return why it ends, or null
     */
    FinishReason doneWithPrompt() {
        if (sequence.pending() > 0 || !sequence.full()) {
            return null;
        }
        if (embedding == null) {
            return FinishReason.LENGTH;
        }
        generation.embedding(embedding.embedding());
        return FinishReason.STOP;
    }

    /** The token that stands behind the others; by the classical rule where there is a guess and it is asked for. */
    private int draw(MemorySegment logits, int place) {
        int position = sequence.length();
        if (guessing == null || guessing.classical() == null || place >= sequence.guessRowsInStep()) {
            return sampler.sample(logits, position);
        }
        double[] drawnFrom = drafted ? guessing.drawnFrom()[place] : null;
        return guessing.classical().choose(sampler, logits, position, sequence.guesses()[place], drawnFrom);
    }

    /** Folds the bits of a row of logits into a hash: FNV-1a over whole words. */
    private static long hash(long seed, MemorySegment logits) {
        long h = seed ^ 0xCBF29CE484222325L;
        for (long at = 0; at < logits.byteSize(); at += Integer.BYTES) {
            h = (h ^ logits.get(ValueLayout.JAVA_INT_UNALIGNED, at)) * 0x100000001B3L;
        }
        return h;
    }

    /** What guesses its next tokens, or null. */
    Guessing guessing() {
        return guessing;
    }

    /** How far the draft model has read it. */
    DraftState draft() {
        return guessing.draft();
    }

    /** Has so many of its next tokens guessed; those that were looked up are there already. */
    void want(int count) {
        wanted = count;
        guesses = Math.min(guessing.found(), count);
        drafted = false;
    }

    /** How many guesses it wants. */
    int wanted() {
        return wanted;
    }

    /** How many guesses it has. */
    int guesses() {
        return guesses;
    }

    /** Chooses a guess from the draft model's logits as if it were a token; unusable logits give a guess that is none. */
    void guess(MemorySegment logits, int place) {
        int position = sequence.length() + place;
        double[] drawnFrom = guessing.drawnFrom() == null ? null : guessing.drawnFrom()[place];
        int guess;
        try {
            guess = sampler.sample(logits, position);
            if (drawnFrom != null) {
                sampler.probabilities(logits, position, drawnFrom);
            }
        } catch (Sampler.UnusableLogitsException e) {
            guess = 0;
            if (drawnFrom != null) {
                Arrays.fill(drawnFrom, 0);
                drawnFrom[guess] = 1;
            }
        }
        sampler.observe(guess);
        tentative++;
        sequence.guesses()[place] = guess;
        guesses = place + 1;
        drafted = true;
    }

    /** Makes the sampler forget the draft model's guesses. */
    void forgetGuesses() {
        for (int i = 0; i < tentative; i++) {
            sampler.forget(sequence.guesses()[i]);
        }
        tentative = 0;
    }

    /** Who made its guesses. */
    String guessSource() {
        return drafted
                ? Speculation.Source.DRAFT.label()
                : guessing.lookUpSource().label();
    }

    /** Begins to take tokens from a step. */
    void beginCycle() {
        inCycle = true;
        cycleRight = 0;
        cycleTokens = 0;
    }

    /** Hears that a token was taken from the step, which had been guessed or not. */
    void tookToken(boolean guessed) {
        cycleTokens++;
        cycleRight += guessed ? 1 : 0;
    }

    /** Takes no more tokens from the step; false if it had ended before. */
    boolean endCycle() {
        boolean ended = inCycle;
        inCycle = false;
        return ended;
    }

    /** Guesses of the cycle that were right. */
    int cycleRight() {
        return cycleRight;
    }

    /** Tokens that the cycle gave. */
    int cycleTokens() {
        return cycleTokens;
    }

    /** Hears how many guesses the cycle checked. */
    void checked(int count) {
        guessesChecked += count;
        guessesRight += cycleRight;
        if (guessing != null) {
            guessing.checked(count, cycleRight, drafted);
        }
    }

    /** Guesses that were checked. */
    long guessesChecked() {
        return guessesChecked;
    }

    /** Guesses that were right. */
    long guessesRight() {
        return guessesRight;
    }

    /** The token that was chosen last. */
    int token() {
        return token;
    }

    /** The log-probabilities of the token that was chosen last, or null if nobody asks. */
    TokenLogprobs tokenLogprobs() {
        return tokenLogprobs;
    }

    Generation generation() {
        return generation;
    }

    Sequence sequence() {
        return sequence;
    }

    long logitsHash() {
        return logitsHash;
    }
}
