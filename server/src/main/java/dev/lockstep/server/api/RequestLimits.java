package dev.lockstep.server.api;

import java.time.Duration;

/**
 * What one request may ask for.
 *
 * @param promptTokensMax tokens of a prompt; the context may allow less
 * @param outputTokensMax tokens of a completion, and what a chat gets that asks for no number
 * @param choicesMax completions of one request: prompts times {@code best_of}
 * @param timeMax how long a request may take from its arrival on
 */
public record RequestLimits(int promptTokensMax, int outputTokensMax, int choicesMax, Duration timeMax) {
    /** 1 M tokens in and out, so that the context decides; 128 choices; an hour. */
    public static final RequestLimits DEFAULT =
            new RequestLimits(1 << 20, 1 << 20, 128, Duration.ofHours(1));

    /** Checks that each allows something. */
    public RequestLimits {
        atLeastOne("prompt tokens", promptTokensMax);
        atLeastOne("output tokens", outputTokensMax);
        atLeastOne("choices", choicesMax);
        if (timeMax.isNegative() || timeMax.isZero()) {
            throw new IllegalArgumentException("the time for a request is " + timeMax + ", must be above 0");
        }
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("most " + name + " of a request are " + value + ", must be at least 1");
        }
    }
}
