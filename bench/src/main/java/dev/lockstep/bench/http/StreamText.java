package dev.lockstep.bench.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a stream of completions has said so far, read from the bytes of its body.
 *
 * @param text all pieces of text after each other
 * @param finishReason why it ended; null before
 * @param outputTokens how many tokens it says it had; −1 before it does
 * @param error what it says went wrong; null if nothing did
 * @param done whether it ended with {@code [DONE]}
 */
record StreamText(String text, String finishReason, int outputTokens, String error, boolean done) {
    private static final String DATA = "data: ";
    private static final String DONE = "[DONE]";

    /**
     * Reads all whole events of a body; a piece of one at its end counts for nothing.
     *
     * @throws IOException if it is something else than events, or goes on after its end
     */
    static StreamText of(byte[] body, int length) throws IOException {
        StringBuilder text = new StringBuilder();
        String finishReason = null;
        int outputTokens = -1;
        String error = null;
        boolean done = false;
        for (int at = 0, end = end(body, at, length); end >= 0; at = end + 2, end = end(body, at, length)) {
            String event = new String(body, at, end - at, StandardCharsets.UTF_8);
            if (!event.startsWith(DATA) || done) {
                throw new IOException("not an event, or one after the end: " + event);
            }
            String data = event.substring(DATA.length());
            if (data.equals(DONE)) {
                done = true;
                continue;
            }
            JsonNode json = parsed(data);
            JsonNode choice = json.path("choices").path(0);
            text.append(choice.path("text").asString(""));
            finishReason = choice.path("finish_reason").asString(finishReason);
            outputTokens = json.path("usage").path("completion_tokens").asInt(outputTokens);
            error = json.path("error").path("message").asString(error);
        }
        return new StreamText(text.toString(), finishReason, outputTokens, error, done);
    }

    /** Where the event at {@code from} ends, at the first of its two line ends; −1 if it is not whole. */
    private static int end(byte[] body, int from, int length) {
        for (int i = from; i + 1 < length; i++) {
            if (body[i] == '\n' && body[i + 1] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static JsonNode parsed(String data) throws IOException {
        try {
            return JsonMapper.shared().readTree(data);
        } catch (JacksonException e) {
            throw new IOException("an event that is no JSON: " + data, e);
        }
    }
}
