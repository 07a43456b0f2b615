package dev.lockstep.server;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Reads a body of server-sent events as strictly as its bytes can be. */
final class SseEvents {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DONE = "[DONE]";

    private SseEvents() {}

    /** The data of all events, of which only the last is, and must be, {@code [DONE]}. */
    static List<JsonNode> untilDone(byte[] body) {
        List<String> data = data(body);
        if (data.isEmpty() || !data.getLast().equals(DONE) || data.indexOf(DONE) != data.size() - 1) {
            throw new AssertionError("a stream that does not end once: " + data);
        }
        return data.subList(0, data.size() - 1).stream().map(JSON::readTree).toList();
    }

    private static List<String> data(byte[] body) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("the stream is not UTF-8", e);
        }
        List<String> data = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int end = text.indexOf("\n\n", at);
            String event = end < 0 ? "" : text.substring(at, end);
            if (!event.startsWith("data: ") || event.indexOf('\n') >= 0) {
                throw new AssertionError("not an event: '" + text.substring(at) + "'");
            }
            data.add(event.substring("data: ".length()));
            at = end + 2;
        }
        return data;
    }
}
