package dev.lockstep.server.error;

/**
 * The body of every answer that is not a success, in the shape that OpenAI's clients read.
 *
 * @param error what went wrong
 */
public record ErrorBody(Detail error) {
    /**
     * @param message one sentence
     * @param type the kind of error, such as {@code invalid_request_error}
     * @param param the field that is to blame, or null
     * @param code a word for programs, or null
     */
    public record Detail(String message, String type, String param, String code) {}
}
