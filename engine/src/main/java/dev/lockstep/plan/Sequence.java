package dev.lockstep.plan;

import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Step;
import java.util.Arrays;

/**
 * The tokens of one request, prompt and output, and how many of them have been through the model.
 *
 * <p>Prefill and decode differ only in how many tokens wait: tokens {@code computed} to {@code length − 1} have no keys
 * and values yet, and the logits of the last of them choose the next token. So a sequence whose pages were taken away is
 * one that has everything to compute again, prompt and output, and goes on to the same tokens.
 *
 * <p>Behind the tokens may stand guesses of what follows. They go through the model in the same step as the last token,
 * each at the position where it would be; the logits of the row before tell whether it is right. What is appended is
 * always what was chosen from logits; a guess that equals it has its keys and values already, and what stands behind one
 * that does not is overwritten. Not thread-safe: the engine's loop owns it.
 */
public final class Sequence {
    private final int[] tokens;
    private final int promptLength;
    private final PageTable pages;
    private final int priority;
    private final long arrival;
    private final long salt;
    private final PromptWants wants;
    /** Tokens of the prompt whose rows have given what is wanted of them, up to {@link #observeEnd}. */
    private int observed;

    private final int observeEnd;
    private int observedInStep;
    private int observedIndex;
    private int length;
    private int computed;
    private int lost;
    private final int[] guesses;
    private int guessed;
    private int rowsInStep;
    private int guessRowsInStep;
    private boolean prefillInStep;
    private int logitsIndex = -1;
    private boolean paused;
    private boolean preempted;
    private boolean released;

    /**
     * A sequence that holds a prompt.
     *
     * @param prompt at least one token
     * @param lengthMax most tokens in all
     * @param priority the higher, the sooner it gets rows and the later it is preempted
     * @param arrival among equals, lower is sooner
     * @param salt sequences share keys and values of equal prefixes only if their salts are equal
     * @param guessesMax most guesses in a step
     * @param wants what is wanted of the prompt's rows
     */
    public Sequence(
            int[] prompt,
            int lengthMax,
            PageTable pages,
            int priority,
            long arrival,
            long salt,
            int guessesMax,
            PromptWants wants) {
        if (prompt.length < 1 || prompt.length > lengthMax) {
            throw new IllegalArgumentException(
                    "prompt of " + prompt.length + " tokens in a sequence of at most " + lengthMax);
        }
        this.tokens = Arrays.copyOf(prompt, lengthMax);
        this.promptLength = prompt.length;
        this.length = prompt.length;
        this.pages = pages;
        this.priority = priority;
        this.arrival = arrival;
        this.salt = salt;
        this.guesses = new int[guessesMax];
        this.wants = wants;
        this.observed = wants.observeFrom(prompt.length);
        this.observeEnd = wants.observeEnd(prompt.length);
    }

    /** A sequence of whose prompt nothing is wanted but what follows it. */
    public Sequence(
            int[] prompt, int lengthMax, PageTable pages, int priority, long arrival, long salt, int guessesMax) {
        this(prompt, lengthMax, pages, priority, arrival, salt, guessesMax, PromptWants.NEXT_TOKEN);
    }

    /** A sequence like any other. */
    public Sequence(int[] prompt, int lengthMax, PageTable pages) {
        this(prompt, lengthMax, pages, 0, 0, 0, 0);
    }

    /**
     * Begins to run, for the first time or again after {@link #preempt}: takes what is known of its first tokens, but not of
     * those whose rows are still wanted for more than that.
     *
     * @return how many tokens need not be computed
     */
    public int begin() {
        preempted = false;
        computed = pages.adopt(tokens, observed < observeEnd ? Math.min(length, observed + 1) : length, salt);
        return computed;
    }

    /**
     * Takes pages for the next {@code rows} tokens that wait.
     *
     * @return how many of them have pages now; fewer if the cache has no more
     */
    int reserve(int rows) {
        pages.reserve(computed + rows);
        return Math.min(rows, pages.pages() * KvShape.PAGE - computed);
    }

    /**
     * Where to put guesses of what follows, for {@link #guessed}. None can be of use beyond {@link #guessesUseful}.
     */
    public int[] guesses() {
        return guesses;
    }

    /** How many guesses there can be now: the last token that there is room for is chosen from the row before it. */
    public int guessesUseful() {
        return Math.max(0, Math.min(guesses.length, tokens.length - length - 1));
    }

    /** Has the first {@code count} of {@link #guesses} checked in the next step that takes the last token in. */
    public void guessed(int count) {
        if (count < 0 || count > guessesUseful()) {
            throw new IllegalArgumentException(count + " guesses, allowed are 0 to " + guessesUseful());
        }
        guessed = count;
    }

    /** How many guesses wait to be checked. */
    public int guessed() {
        return guessed;
    }

    /** How many of the next {@code rows} tokens that wait can go into a step that has so many rows with logits left. */
    int rowsWithin(int rows, int logitsLeft) {
        if (wants.states()) {
            return rows;
        }
        int firstWithLogits = observed < observeEnd ? observed : length - 1;
        return Math.min(rows, Math.max(0, firstWithLogits - computed) + logitsLeft);
    }

    /** Puts the next {@code rows} tokens that wait, which have pages, into a step as rows, and then some guesses. */
    void addRows(Step step, int rows, int guessRows) {
        assert rows >= 1 && rows <= pending() : rows + " rows of " + pending() + " tokens that wait";
        assert guessRows <= guessed && (guessRows == 0 || rows == pending())
                : guessRows + " of " + guessed + " guesses";
        prefillInStep = inPrefill();
        logitsIndex = -1;
        observedIndex = wants.states() ? step.states() : step.logits();
        observedInStep = 0;
        for (int i = 0; i < rows; i++) {
            addRow(step, computed + i);
        }
        for (int i = 0; i < guessRows; i++) {
            step.add(pages, length + i, guesses[i], true);
        }
        rowsInStep = rows;
        guessRowsInStep = guessRows;
    }

    private void addRow(Step step, int position) {
        boolean observes = position >= observed && position < observeEnd;
        observedInStep += observes ? 1 : 0;
        if (observes && wants.states()) {
            step.addForState(pages, position, tokens[position]);
            return;
        }
        boolean last = position == length - 1 && !wants.states();
        int index = step.add(pages, position, tokens[position], observes || last);
        logitsIndex = last ? index : -1;
    }

    /** Puts the rows that the last step held of it into another step, which is run in the place of the last. */
    public void repeatRows(Step step) {
        int rows = rowsInStep;
        int guessRows = guessRowsInStep;
        addRows(step, rows, guessRows);
    }

    /** Notes that the step which holds this sequence's rows has run, and forgets its guesses but for those in the step. */
    public void advance() {
        computed += rowsInStep;
        rowsInStep = 0;
        observed += observedInStep;
        observedInStep = 0;
        guessed = 0;
        pages.publish(tokens, computed, salt);
    }

    /** Whether guess {@code index} of the step says this token. */
    public boolean guesses(int index, int token) {
        return index < guessRowsInStep && guesses[index] == token;
    }

    /**
     * Whether guess {@code index} of the step was right, now that its token has been appended: then its row is as good as any
     * other, and so are the logits that came of it.
     */
    public boolean confirm(int index) {
        if (!guesses(index, tokens[length - 1])) {
            return false;
        }
        computed++;
        return true;
    }

    /** Gives back what wrong guesses took, and lets others have what right ones filled. */
    public void settle() {
        if (guessRowsInStep == 0 || released) {
            return;
        }
        guessRowsInStep = 0;
        pages.truncate(Math.max(length, computed));
        pages.publish(tokens, computed, salt);
    }

    /** Rows in the step being planned or run that give what is wanted of the prompt; they stand side by side. */
    public int observedInStep() {
        return observedInStep;
    }

    /** The position of the first of them. */
    public int observed() {
        return observed;
    }

    /** Which logits, or which state, of the step is the first of theirs; the next ones are the others'. */
    public int observedIndex() {
        return observedIndex;
    }

    /** Rows of guesses in the step being planned or run. */
    public int guessRowsInStep() {
        return guessRowsInStep;
    }

    /** Adds a token that was chosen. */
    public void append(int token) {
        tokens[length++] = token;
    }

    /** Gives its pages back; everything is to be computed again. */
    void preempt() {
        assert rowsInStep == 0 : "preempted with " + rowsInStep + " rows in the step";
        pages.release();
        guessed = 0;
        lost = computed;
        computed = 0;
        preempted = true;
    }

    /** Whether its pages were taken away since it last began. */
    public boolean preempted() {
        return preempted;
    }

    /** Tokens whose keys and values went with its pages when they were taken away last. */
    public int lost() {
        return lost;
    }

    /** Sets whether it waits for something outside. */
    public void paused(boolean waits) {
        paused = waits;
    }

    /** Whether it waits for something outside. */
    public boolean paused() {
        return paused;
    }

    /** Whether it can have rows in the next step. */
    public boolean runnable() {
        return !paused && !preempted;
    }

    /** Whether it gets rows before another, and loses its pages after it. */
    public boolean before(Sequence other) {
        return priority != other.priority ? priority > other.priority : arrival < other.arrival;
    }

    /** Tokens that wait to be computed: 1 in decode. */
    public int pending() {
        return length - computed;
    }

    /** Which logits of the step are the last row's, or −1 if tokens still wait after it. */
    public int logitsIndex() {
        return logitsIndex;
    }

    /** Rows in the step being planned or run. */
    public int rowsInStep() {
        return rowsInStep;
    }

    /** Whether the rows of the step being planned or run are a prompt's, or are computed again. */
    public boolean prefillInStep() {
        return prefillInStep;
    }

    /** Whether the next rows are the prompt's, or are computed again. */
    public boolean inPrefill() {
        return computed < promptLength || pending() > 1;
    }

    /** Tokens so far, prompt and output; also the position of the next one. */
    public int length() {
        return length;
    }

    /** Tokens whose keys and values are there. */
    public int computed() {
        return computed;
    }

    /** Whether there is no room for another token. */
    public boolean full() {
        return length == tokens.length;
    }

    /** Its tokens, of which the first {@link #length} count. Shared, not to be modified. */
    public int[] tokens() {
        return tokens;
    }

    /** Tokens of the prompt. */
    public int promptLength() {
        return promptLength;
    }

    /** KV pages that it holds. */
    public int pages() {
        return pages.pages();
    }

    /** Gives the sequence's KV pages back for good. */
    public void release() {
        released = true;
        pages.release();
    }
}
