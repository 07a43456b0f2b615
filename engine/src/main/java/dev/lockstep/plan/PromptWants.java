package dev.lockstep.plan;

/** What is wanted of the rows of a prompt. */
public enum PromptWants {
    /** Of the last one the logits, which choose the next token; nothing of the others but their keys and values. */
    NEXT_TOKEN,
    /** The logits of all: what the model says of the tokens of the prompt itself, too. */
    LOGITS,
    /** The final hidden states of all, and no logits. */
    STATES,
    /** The final hidden state of the last one, and no logits. */
    LAST_STATE;

    /** The position of the first row that is wanted for the prompt's sake. */
    int observeFrom(int promptLength) {
        return this == LAST_STATE ? promptLength - 1 : 0;
    }

    /** The position behind the last such row; not behind the first if there is none. */
    int observeEnd(int promptLength) {
        return switch (this) {
            case NEXT_TOKEN -> 0;
            // The last row speaks of the first token of output.
            case LOGITS -> promptLength - 1;
            case STATES, LAST_STATE -> promptLength;
        };
    }

    /** Whether states are wanted, and no token will be chosen. */
    boolean states() {
        return this == STATES || this == LAST_STATE;
    }
}
