package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import dev.lockstep.engine.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers in OpenAI's newer form, by its official Java client. */
@Timeout(120)
class ResponsesTest {
    private static TestServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start();
        client = OpenAIOkHttpClient.builder()
                .baseUrl(server.v1())
                .apiKey("none")
                .maxRetries(0)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static ResponseCreateParams params() {
        return ResponseCreateParams.builder()
                .model(TestServer.MODEL)
                .instructions("Be")
                .input("Hello")
                .temperature(0.0)
                .maxOutputTokens(20L)
                .build();
    }

    private static String expected() {
        return server.engine()
                .submit(Request.of("Be\nHello").maxTokens(20))
                .await()
                .text();
    }

    private static String text(Response response) {
        return response.output()
                .getFirst()
                .asMessage()
                .content()
                .getFirst()
                .asOutputText()
                .text();
    }

    @Test
    void answers() {
        Response response = client.responses().create(params());
        response.validate();
        assertThat(text(response)).isEqualTo(expected());
        assertThat(response.usage().orElseThrow().outputTokens()).isEqualTo(20);
    }

    @Test
    void streams() {
        List<ResponseStreamEvent> events = new ArrayList<>();
        try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(params())) {
            stream.stream().forEach(events::add);
        }
        StringBuilder text = new StringBuilder();
        events.forEach(event -> event.outputTextDelta().ifPresent(delta -> text.append(delta.delta())));
        assertThat(text).hasToString(expected());
        assertThat(events.getFirst().isCreated()).isTrue();
        assertThat(text(events.getLast().asIncomplete().response())).isEqualTo(expected());
        events.forEach(ResponseStreamEvent::validate);
    }
}
