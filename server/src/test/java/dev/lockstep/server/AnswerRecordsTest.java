package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.access.AccessLog;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the access log and OpenTelemetry are told of answers, by the whole server. */
class AnswerRecordsTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";

    private static List<JsonNode> lines(StringWriter log) {
        return log.toString()
                .lines()
                .map(line -> JsonMapper.shared().readTree(line))
                .toList();
    }

    private static void assertSays(JsonNode line, RawClient.Answer answer, JsonNode usage, String reason) {
        assertThat(line.at("/status").intValue()).isEqualTo(200);
        assertThat(line.at("/request_id").stringValue())
                .isEqualTo(answer.headers().get("x-request-id"));
        assertThat(line.at("/model").stringValue()).isEqualTo(TestServer.MODEL);
        assertThat(line.at("/prompt_tokens").intValue())
                .isPositive()
                .isEqualTo(usage.at("/prompt_tokens").intValue());
        assertThat(line.at("/cached_tokens").intValue())
                .isEqualTo(usage.at("/prompt_tokens_details/cached_tokens").intValue(0));
        assertThat(line.at("/output_tokens").intValue())
                .isEqualTo(usage.at("/completion_tokens").intValue(0));
        assertThat(line.at("/finish_reason").stringValue()).isEqualTo(reason);
        assertThat(line.at("/queue_ms").isNumber()).isTrue();
    }

    @Test
    void theAccessLogHasTheFiguresOfEachRequestAndNothingOfItsText() throws IOException {
        StringWriter log = new StringWriter();
        RawClient.Answer several;
        RawClient.Answer streamed;
        RawClient.Answer vectors;
        RawClient.Answer refused;
        try (TestServer server =
                        TestServer.start(TestServer.options(), builder -> builder.accessLog(new AccessLog(log)));
                RawClient client = server.client()) {
            several = client.post(
                    "/v1/completions",
                    "{\"prompt\": [\"SECRET one\", \"SECRET two\"], \"max_tokens\": 4, \"n\": 2, \"best_of\": 3}");
            streamed = client.post(
                    "/v1/chat/completions",
                    "{\"messages\": [{\"role\": \"user\", \"content\": \"SECRET\"}], \"max_tokens\": 5, \"stream\": true, "
                            + "\"stream_options\": {\"include_usage\": true}}");
            vectors = client.post("/v1/embeddings", "{\"input\": \"SECRET\"}");
            refused = client.post("/v1/completions", "{\"prompt\": \"SECRET\", \"temperature\": 9}");
        }
        assertThat(log.toString()).doesNotContain("SECRET");
        List<JsonNode> lines = lines(log);
        assertThat(lines).hasSize(4);
        assertSays(lines.get(0), several, several.json().at("/usage"), "length");
        assertThat(lines.get(0).at("/ttft_ms").doubleValue()).isPositive();
        JsonNode usage = SseEvents.untilDone(streamed.body()).getLast().at("/usage");
        assertSays(lines.get(1), streamed, usage, "length");
        assertThat(lines.get(1).at("/output_tokens").intValue()).isEqualTo(5);
        assertSays(lines.get(2), vectors, vectors.json().at("/usage"), "stop");
        assertThat(lines.get(3).at("/status").intValue()).isEqualTo(400);
        assertThat(lines.get(3).at("/request_id").stringValue())
                .isEqualTo(refused.headers().get("x-request-id"));
        assertThat(lines.get(3).has("model")).isFalse();
    }

    @Test
    void theCallersTraceGoesOnWithOneSpanForEachOfItsRequests() throws IOException {
        InMemorySpanExporter exported = InMemorySpanExporter.create();
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(exported))
                .build();
        List<SpanData> spans;
        try (OpenTelemetrySdk telemetry =
                        OpenTelemetrySdk.builder().setTracerProvider(provider).build();
                TestServer server = TestServer.start(TestServer.options(), builder -> builder.telemetry(telemetry));
                RawClient client = server.client()) {
            String body = "{\"prompt\": \"SECRET\", \"max_tokens\": 4, \"n\": 3, \"stream\": true}";
            client.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "traceparent: 00-" + TRACE + "-" + PARENT + "-01\r\nContent-Length: "
                    + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
            assertThat(client.answer().status()).isEqualTo(200);
            assertThat(client.post("/v1/embeddings", "{\"input\": \"SECRET\"}").status())
                    .isEqualTo(200);
            assertThat(client.post("/v1/embeddings", "{}").status()).isEqualTo(400);
            spans = exported.getFinishedSpanItems();
        }
        assertThat(spans)
                .extracting(SpanData::getName)
                .containsExactly(
                        "queue", "prefill", "decode", "text_completion tiny", "queue", "prefill", "embeddings tiny");
        SpanData asked = spans.get(3);
        assertThat(asked.getParentSpanId()).isEqualTo(PARENT);
        assertThat(spans.subList(0, 4))
                .allSatisfy(span -> assertThat(span.getTraceId()).isEqualTo(TRACE));
        assertThat(asked.getAttributes().get(AttributeKey.longKey("gen_ai.usage.output_tokens")))
                .isEqualTo(12);
        assertThat(spans.get(6).getParentSpanContext().isValid()).isFalse();
        assertThat(spans.toString()).doesNotContain("SECRET");
    }
}
