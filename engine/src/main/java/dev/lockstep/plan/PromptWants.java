package dev.lockstep.plan;

/** What is wanted of the rows of a prompt. */
public enum PromptWants {
    /** Of the last one the logits, which choose the next token; nothing of the others but their keys and values. */
    NEXT_TOKEN,
    /** The logits of all: what the model says of the tokens of the prompt itself, too. */
    LOGITS;

    /** The position behind the last row that is wanted for the prompt's sake. */
    int observeEnd(int promptLength) {
        // The last row speaks of the first token of output.
        return this == LOGITS ? promptLength - 1 : 0;
    }
}
