package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events that are at hand go out together, and none waits for one that is not. */
@Timeout(20)
class GatheredEventsTest {
    private static final String BODY = """
            {"prompt": "Hello", "max_tokens": 40, "temperature": 1, "seed": 1, "stream": true, "logprobs": 0, "n": %d}""";

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    /** Reads chunks until there are so many events of tokens. */
    private static String eventsUntil(RawClient client, int tokens) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (count(body.toString(StandardCharsets.UTF_8), "\"token_logprobs\"") < tokens) {
            byte[] chunk = client.chunk();
            assertThat(chunk).as("a chunk before %d tokens", tokens).isNotEmpty();
            body.writeBytes(chunk);
        }
        return body.toString(StandardCharsets.UTF_8);
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
            StringBuilder rest = new StringBuilder();
            for (byte[] chunk = client.chunk(); chunk.length > 0; chunk = client.chunk()) {
                rest.append(new String(chunk, StandardCharsets.UTF_8));
            }
            assertThat(count(rest.toString(), "\"token_logprobs\"")).isEqualTo(40 - HeldServer.TOKENS_BEFORE);
            assertThat(rest.toString()).endsWith("data: [DONE]\n\n");
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
            StringBuilder rest = new StringBuilder();
            for (byte[] chunk = client.chunk(); chunk.length > 0; chunk = client.chunk()) {
                rest.append(new String(chunk, StandardCharsets.UTF_8));
            }
            assertThat(count(rest.toString(), "\"token_logprobs\"")).isEqualTo(80 - HeldServer.TOKENS_BEFORE);
            assertThat(rest.toString()).endsWith("data: [DONE]\n\n");
        }
    }
}
