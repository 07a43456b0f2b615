package dev.lockstep.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.access.TestServer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestSpansTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";
    private static final Instant END = Instant.ofEpochSecond(1_700_000_000L);

    private final InMemorySpanExporter exported = InMemorySpanExporter.create();
    private final SdkTracerProvider provider = SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(exported))
            .build();
    private final OpenTelemetry telemetry =
            OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    private final RequestSpans spans = new RequestSpans(telemetry, "tiny");

    @AfterEach
    void close() {
        provider.close();
    }

    private static RequestFigures figures(
            String reason, boolean failed, int tokens, long queue, long ttft, long total) {
        return new RequestFigures("alice", reason, failed, 7, 3, tokens, queue, ttft, 0, total);
    }

    @Test
    void theCallersTraceGoesOnThroughHttp() throws Exception {
        try (TestServer server = new TestServer(last -> new Handler.Wrapper(last) {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                spans.ended(request, Operation.CHAT, figures("stop", false, 5, 10, 30, 100));
                return super.handle(request, response, callback);
            }
        })) {
            server.get("/", "traceparent", "00-" + TRACE + "-" + PARENT + "-01", "tracestate", "a=1,b=2");
        }
        List<SpanData> all = exported.getFinishedSpanItems();
        assertThat(all).extracting(SpanData::getName).containsExactly("queue", "prefill", "decode", "chat tiny");
        SpanData own = all.getLast();
        assertThat(own.getParentSpanId()).isEqualTo(PARENT);
        assertThat(own.getSpanContext().getTraceState().asMap())
                .containsEntry("a", "1")
                .containsEntry("b", "2");
        assertThat(all).allSatisfy(span -> assertThat(span.getTraceId()).isEqualTo(TRACE));
        assertThat(all.subList(0, 3))
                .allSatisfy(span -> assertThat(span.getParentSpanId()).isEqualTo(own.getSpanId()));
    }

    @Test
    void partsAreAsLongAsTheyTook() {
        spans.ended(Context.root(), Operation.CHAT, figures("length", false, 5, 10, 30, 100), END);
        long end = TimeUnit.SECONDS.toNanos(END.getEpochSecond());
        assertThat(exported.getFinishedSpanItems())
                .extracting(span -> span.getName() + " " + (span.getStartEpochNanos() - end) + " "
                        + (span.getEndEpochNanos() - end))
                .containsExactly("queue -100 -90", "prefill -90 -70", "decode -70 0", "chat tiny -100 0");
        SpanData own = exported.getFinishedSpanItems().getLast();
        assertThat(own.getKind()).isEqualTo(SpanKind.SERVER);
        assertThat(own.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(own.getAttributes().get(AttributeKey.stringKey("gen_ai.operation.name")))
                .isEqualTo("chat");
        assertThat(own.getAttributes().get(AttributeKey.stringKey("gen_ai.request.model")))
                .isEqualTo("tiny");
        assertThat(own.getAttributes().get(AttributeKey.longKey("gen_ai.usage.input_tokens")))
                .isEqualTo(7);
        assertThat(own.getAttributes().get(AttributeKey.longKey("gen_ai.usage.output_tokens")))
                .isEqualTo(5);
        assertThat(own.getAttributes().get(AttributeKey.stringArrayKey("gen_ai.response.finish_reasons")))
                .containsExactly("length");
    }

    @Test
    void whatNeverBeganHasNoParts() {
        spans.ended(Context.root(), Operation.CHAT, figures("cancelled", true, 0, 100, 0, 100), END);
        assertThat(exported.getFinishedSpanItems())
                .extracting(SpanData::getName)
                .containsExactly("queue", "chat tiny");
        assertThat(exported.getFinishedSpanItems().getLast().getStatus().getStatusCode())
                .isEqualTo(StatusCode.ERROR);
        exported.reset();
        spans.ended(Context.root(), Operation.CHAT, figures("cancelled", true, 0, 20, 0, 100), END);
        assertThat(exported.getFinishedSpanItems())
                .extracting(SpanData::getName)
                .containsExactly("queue", "prefill", "chat tiny");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-" + TRACE + "-" + PARENT,
                "00-" + TRACE + "-" + PARENT + "-01-more",
                "ff-" + TRACE + "-" + PARENT + "-01",
                "00-00000000000000000000000000000000-" + PARENT + "-01",
                "00-" + TRACE + "-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-" + PARENT + "-01"
            })
    void whatIsNoParentIsIgnored(String header) {
        assertThat(context(header).isValid()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"00-" + TRACE + "-" + PARENT + "-01", "cc-" + TRACE + "-" + PARENT + "-01-later"})
    void aParentOfThisOrALaterVersionIsTaken(String header) {
        assertThat(context(header).getTraceId()).isEqualTo(TRACE);
        assertThat(context(header).isSampled()).isTrue();
        assertThat(context(header).isRemote()).isTrue();
    }

    private static SpanContext context(String header) {
        return Span.fromContext(RequestSpans.parent(header, "")).getSpanContext();
    }

    @Test
    void withoutAnSdkNothingIsRecorded() {
        new RequestSpans(OpenTelemetry.noop(), "tiny")
                .ended(Context.root(), Operation.CHAT, figures("stop", false, 1, 1, 2, 3), END);
        assertThat(exported.getFinishedSpanItems()).isEmpty();
    }
}
