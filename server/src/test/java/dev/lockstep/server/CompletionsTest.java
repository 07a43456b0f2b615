package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Request;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class CompletionsTest {
    private static final String PATH = "/v1/completions";
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonNode ok(String body) throws IOException {
        try (RawClient client = server.client()) {
            RawClient.Answer answer = client.post(PATH, body);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            return answer.json();
        }
    }

    private static Completion direct(Request request) {
        return server.engine().submit(request).await();
    }

    @Test
    void givesWhatTheEngineGives() throws IOException {
        Completion expected =
                direct(Request.of("Hello").maxTokens(20).temperature(0.9).seed(42));
        JsonNode answer = ok("""
                {"prompt": "Hello", "max_tokens": 20, "temperature": 0.9, "seed": 42}""");
        assertThat(answer.at("/object").stringValue()).isEqualTo("text_completion");
        assertThat(answer.at("/model").stringValue()).isEqualTo(TestServer.MODEL);
        assertThat(answer.at("/id").stringValue()).startsWith("cmpl-");
        assertThat(answer.at("/choices/0/text").stringValue()).isEqualTo(expected.text());
        assertThat(answer.at("/choices/0/finish_reason").stringValue())
                .isEqualTo(expected.finishReason().label());
        assertThat(answer.at("/usage/prompt_tokens").intValue())
                .isEqualTo(expected.promptTokens().size());
        assertThat(answer.at("/usage/completion_tokens").intValue())
                .isEqualTo(expected.tokens().size());
        assertThat(answer.at("/usage/prompt_tokens_details/cached_tokens").isNumber())
                .isTrue();
        assertThat(answer.at("/timings/ttft_ms").doubleValue()).isPositive();
    }

    @Test
    void takesPromptsInAllForms() throws IOException {
        Completion one = direct(Request.of("One").maxTokens(5));
        Completion two = direct(Request.of("Two").maxTokens(5));
        JsonNode texts = ok("""
                {"prompt": ["One", "Two"], "max_tokens": 5, "temperature": 0}""");
        assertThat(texts.at("/choices/0/text").stringValue()).isEqualTo(one.text());
        assertThat(texts.at("/choices/1/text").stringValue()).isEqualTo(two.text());
        assertThat(texts.at("/choices/1/index").intValue()).isEqualTo(1);
        JsonNode ids = ok("{\"prompt\": " + one.promptTokens() + ", \"max_tokens\": 5, \"temperature\": 0}");
        assertThat(ids.at("/choices/0/text").stringValue()).isEqualTo(one.text());
        JsonNode lists = ok("{\"prompt\": [" + one.promptTokens() + "," + two.promptTokens()
                + "], \"max_tokens\": 5, \"temperature\": 0}");
        assertThat(lists.at("/choices/1/text").stringValue()).isEqualTo(two.text());
        assertThat(lists.at("/usage/prompt_tokens").intValue())
                .isEqualTo(one.promptTokens().size() + two.promptTokens().size());
    }

    @Test
    void streamsEveryTokenAndEndsOnce() throws IOException {
        JsonNode whole = ok("""
                {"prompt": "Hello", "max_tokens": 40, "temperature": 1, "seed": 5}""");
        try (RawClient client = server.client()) {
            RawClient.Answer answer = client.post(PATH, """
                    {"prompt": "Hello", "max_tokens": 40, "temperature": 1, "seed": 5, "stream": true,
                     "stream_options": {"include_usage": true}}""");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers()).containsEntry("content-type", "text/event-stream; charset=utf-8");
            List<JsonNode> events = SseEvents.untilDone(answer.body());
            StringBuilder text = new StringBuilder();
            for (JsonNode event : events.subList(0, events.size() - 1)) {
                assertThat(event.at("/choices")).hasSize(1);
                assertThat(event.get("usage").isNull()).isTrue();
                text.append(event.at("/choices/0/text").stringValue());
            }
            assertThat(text).hasToString(whole.at("/choices/0/text").stringValue());
            JsonNode end = events.get(events.size() - 2);
            assertThat(end.at("/choices/0/finish_reason")).isEqualTo(whole.at("/choices/0/finish_reason"));
            assertThat(events.getLast().at("/choices")).isEmpty();
            assertThat(events.getLast().at("/usage/total_tokens")).isEqualTo(whole.at("/usage/total_tokens"));
        }
    }

    @Test
    void givesTheFirstOfSeveralChoicesTheSeedItself() throws IOException {
        Completion expected =
                direct(Request.of("Hello").maxTokens(12).temperature(1).seed(3));
        JsonNode answer = ok("""
                {"prompt": "Hello", "max_tokens": 12, "seed": 3, "n": 3}""");
        assertThat(answer.at("/choices")).hasSize(3);
        assertThat(answer.at("/choices/0/text").stringValue()).isEqualTo(expected.text());
        assertThat(answer.at("/choices/1/text")).isNotEqualTo(answer.at("/choices/0/text"));
        assertThat(answer.at("/choices/2/text")).isNotEqualTo(answer.at("/choices/1/text"));
    }

    @Test
    void echoesThePromptWithItsLogprobs() throws IOException {
        JsonNode answer = ok("""
                {"prompt": "Hello there", "max_tokens": 3, "temperature": 0, "echo": true, "logprobs": 2}""");
        JsonNode logprobs = answer.at("/choices/0/logprobs");
        int tokens = answer.at("/usage/total_tokens").intValue();
        assertThat(answer.at("/choices/0/text").stringValue()).startsWith("Hello there");
        assertThat(logprobs.at("/tokens")).hasSize(tokens);
        assertThat(logprobs.at("/token_logprobs/0").isNull()).isTrue();
        assertThat(logprobs.at("/token_logprobs/1").doubleValue()).isNegative();
        assertThat(logprobs.at("/top_logprobs/0").isNull()).isTrue();
        assertThat(logprobs.at("/text_offset/0").intValue()).isZero();
    }

    @Test
    void scoresAPromptWithoutGenerating() throws IOException {
        JsonNode answer = ok("""
                {"prompt": "Hello there", "max_tokens": 0, "echo": true, "logprobs": 0}""");
        assertThat(answer.at("/choices/0/text").stringValue()).isEqualTo("Hello there");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isZero();
        assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
    }

    @Test
    void givesTheBestOfSeveral() throws IOException {
        JsonNode answer = ok("""
                {"prompt": "Hello", "max_tokens": 6, "seed": 1, "n": 1, "best_of": 4, "logprobs": 0}""");
        JsonNode all = ok("""
                {"prompt": "Hello", "max_tokens": 6, "seed": 1, "n": 4, "logprobs": 0}""");
        double best = Double.NEGATIVE_INFINITY;
        for (JsonNode choice : all.at("/choices")) {
            best = Math.max(best, mean(choice));
        }
        assertThat(answer.at("/choices")).hasSize(1);
        assertThat(mean(answer.at("/choices/0"))).isEqualTo(best);
        assertThat(answer.at("/usage/completion_tokens")).isEqualTo(all.at("/usage/completion_tokens"));
    }

    private static double mean(JsonNode choice) {
        double sum = 0;
        for (JsonNode logprob : choice.at("/logprobs/token_logprobs")) {
            sum += logprob.doubleValue();
        }
        return sum / choice.at("/logprobs/token_logprobs").size();
    }

    @Test
    void sharesThePromptAmongChoices() throws IOException {
        String prompt = "A prompt that is so long that several pages of keys and values are full of it. ".repeat(2);
        ok("{\"prompt\": \"" + prompt + "\", \"max_tokens\": 2, \"n\": 4}");
        JsonNode again = ok("{\"prompt\": \"" + prompt + "\", \"max_tokens\": 2}");
        assertThat(again.at("/usage/prompt_tokens_details/cached_tokens").intValue())
                .isPositive();
    }

    @Test
    void saysWhichContextIsExceeded() throws IOException {
        try (RawClient client = server.client()) {
            RawClient.Answer answer = client.post(PATH, "{\"prompt\": \"" + "word ".repeat(1_000) + "\"}");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().at("/error/code").stringValue()).isEqualTo("context_length_exceeded");
            assertThat(answer.json().at("/error/message").stringValue())
                    .contains(" " + server.engine().contextLength() + " ");
        }
    }
}
