package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events that are at hand go out together, and none waits for one that is not. */
@Timeout(60)
class GatheredEventsTest {
    private static final String BODY = """
            {"prompt": "Hello", "max_tokens": 40, "temperature": 1, "seed": 1, "stream": true, "logprobs": 0, "n": %d}""";

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    /** Reads until there are so many events of tokens: raw, since the line behind a chunk comes only with the next chunk. */
    private static String eventsUntil(RawClient client, int tokens) throws Exception {
        return readUntil(client, text -> count(text, "\"token_logprobs\"") == tokens && text.endsWith("}\n\n"));
    }

    private static String rest(RawClient client) throws Exception {
        return readUntil(client, text -> text.endsWith("data: [DONE]\n\n"));
    }

    private static String readUntil(RawClient client, Predicate<String> enough) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String text = "";
        while (!enough.test(text)) {
            int b = client.read();
            assertThat(b).as("a byte behind %s", text).isNotNegative();
            body.write(b);
            if (b == '\n') {
                text = body.toString(StandardCharsets.UTF_8);
            }
        }
        return text;
    }

    @Test
    void whatHasComeIsSentWhileTheNextIsAwaited() throws Exception {
        try (HeldServer server = HeldServer.start();
                RawClient client = server.client()) {
            client.send(RawClient.post("/v1/completions", BODY.formatted(1).getBytes(StandardCharsets.UTF_8)));
            while (!client.line().isEmpty()) {
                // The head.
            }
            server.awaitHeld();
            String begin = eventsUntil(client, HeldServer.TOKENS_BEFORE);
            assertThat(count(begin, "\"token_logprobs\"")).isEqualTo(HeldServer.TOKENS_BEFORE);
            server.letGo();
            assertThat(count(rest(client), "\"token_logprobs\"")).isEqualTo(40 - HeldServer.TOKENS_BEFORE);
        }
    }

    /** One choice is held, the other waits in the queue behind it: what there is of the first is sent. */
    @Test
    void ofSeveralChoicesNoneHoldsAnothersBack() throws Exception {
        try (HeldServer server = HeldServer.start();
                RawClient client = server.client()) {
            client.send(RawClient.post("/v1/completions", BODY.formatted(2).getBytes(StandardCharsets.UTF_8)));
            while (!client.line().isEmpty()) {
                // The head.
            }
            server.awaitHeld();
            assertThat(eventsUntil(client, HeldServer.TOKENS_BEFORE)).doesNotContain("[DONE]");
            server.letGo();
            assertThat(count(rest(client), "\"token_logprobs\"")).isEqualTo(80 - HeldServer.TOKENS_BEFORE);
        }
    }
}
