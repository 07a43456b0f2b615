package dev.lockstep.plan;

import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Step;
import java.util.Arrays;

/**
 * The tokens of one request, prompt and output, and how many of them have been through the model.
 *
 * <p>Prefill and decode differ only in how many tokens wait: tokens {@code computed} to {@code length − 1} have no keys
 * and values yet, and the logits of the last of them choose the next token. Not thread-safe: the engine's loop owns it.
 */
public final class Sequence {
    private final int[] tokens;
    private final int promptLength;
    private final PageTable pages;
    private int length;
    private int computed;
    private int rowsInStep;
    private int logitsIndex = -1;

    /**
     * A sequence that holds a prompt.
     *
     * @param prompt at least one token
     * @param lengthMax most tokens in all
     */
    public Sequence(int[] prompt, int lengthMax, PageTable pages) {
        if (prompt.length < 1 || prompt.length > lengthMax) {
            throw new IllegalArgumentException(
                    "prompt of " + prompt.length + " tokens in a sequence of at most " + lengthMax);
        }
        this.tokens = Arrays.copyOf(prompt, lengthMax);
        this.promptLength = prompt.length;
        this.length = prompt.length;
        this.pages = pages;
    }

    /**
     * Puts the next tokens that wait, at most {@code rowsMax} of them, into a step as rows.
     *
     * @return the number of rows
     */
    public int addRows(Step step, int rowsMax) {
        int rows = Math.min(rowsMax, length - computed);
        if (!pages.reserve(computed + rows)) {
            throw new IllegalStateException("no free KV page for position " + (computed + rows - 1));
        }
        logitsIndex = -1;
        for (int i = 0; i < rows; i++) {
            int position = computed + i;
            logitsIndex = step.add(pages, position, tokens[position], position == length - 1);
        }
        rowsInStep = rows;
        return rows;
    }

    /** Notes that the step which holds this sequence's rows has run. */
    public void advance() {
        computed += rowsInStep;
        rowsInStep = 0;
    }

    /** Adds a token that was chosen. */
    public void append(int token) {
        tokens[length++] = token;
    }

    /** Which logits of the step are the last row's, or −1 if tokens still wait after it. */
    public int logitsIndex() {
        return logitsIndex;
    }

    /** Rows in the step being planned or run. */
    public int rowsInStep() {
        return rowsInStep;
    }

    /** Whether the rows of the step being planned or run are the prompt's. */
    public boolean inPrefill() {
        return computed < promptLength;
    }

    /** Tokens so far, prompt and output; also the position of the next one. */
    public int length() {
        return length;
    }

    /** Whether there is no room for another token. */
    public boolean full() {
        return length == tokens.length;
    }

    /** Tokens of the prompt. */
    public int promptLength() {
        return promptLength;
    }

    /** Clears the sequence's KV pages and gives them back. */
    public void release() {
        pages.release();
    }
}
