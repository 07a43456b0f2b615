package dev.lockstep.engine;

import java.util.Locale;

/** Why a generation ended. */
public enum FinishReason {
    /** The model ended its text, or a stop string appeared. */
    STOP,
    /** The request's token limit, or the context, was reached. */
    LENGTH,
    /** The caller cancelled it. */
    CANCELLED,
    /** Its deadline passed. */
    DEADLINE,
    /** It waited longer in the queue than the request allows. */
    QUEUE_TIME,
    /** Its reader was further behind than the request allows. */
    SLOW_READER,
    /** The engine was drained, and the time for that was over. */
    DRAINED,
    /** The engine was closed. */
    CLOSED,
    /** It failed; the generation has the message. */
    ERROR;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as users see it, such as {@code length}. */
    public String label() {
        return label;
    }

    @Override
    public String toString() {
        return label;
    }
}
