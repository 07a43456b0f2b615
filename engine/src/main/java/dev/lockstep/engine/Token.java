package dev.lockstep.engine;

import dev.lockstep.sample.TokenLogprobs;

/**
 * A generated token and the text that it made readable.
 *
 * @param id the token, or {@link #REST}
 * @param text the text that became certain with this token: complete characters only, nothing that may yet turn out to
 *     be a stop string; often the token's own text, sometimes empty, sometimes more
 * @param guessed whether it had been guessed, so that it came with the step of the token before
 * @param logprobs its log-probability and the likeliest tokens in its place, or null unless {@link Request#logprobs} asks
 */
public record Token(int id, String text, boolean guessed, TokenLogprobs logprobs) {
    /** The id of a last element that carries no token: text that was held back until the end. */
    public static final int REST = -1;

    /** A token that nobody guessed and nobody asks more about. */
    Token(int id, String text) {
        this(id, text, false, null);
    }
}
