package dev.lockstep.server.metrics;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;

/**
 * A span for each request, as OpenTelemetry's conventions for generative AI have it, with spans {@code queue},
 * {@code prefill} and {@code decode} inside. They belong to the trace of the caller if the request has a
 * {@code traceparent} (W3C Trace Context, section 3.2).
 *
 * <p>Only the API is used, so without an OpenTelemetry SDK in the program nothing is recorded and next to nothing done. All
 * spans are made when a request has ended, from its figures: nothing is carried through the engine.
 */
public final class RequestSpans {
    private static final Pattern TRACE_PARENT =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
    private static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");
    private static final AttributeKey<String> MODEL = AttributeKey.stringKey("gen_ai.request.model");
    private static final AttributeKey<List<String>> FINISH =
            AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");
    private static final AttributeKey<Long> INPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.input_tokens");
    private static final AttributeKey<Long> OUTPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.output_tokens");
    private static final AttributeKey<Long> CACHED_TOKENS = AttributeKey.longKey("lockstep.cached_tokens");
    private static final AttributeKey<String> TENANT = AttributeKey.stringKey("lockstep.tenant");

    private final Tracer tracer;
    private final String model;

    /**
     * Spans of this OpenTelemetry.
     *
     * @param model the model's name, as clients see it
     */
    public RequestSpans(OpenTelemetry telemetry, String model) {
        this.tracer = telemetry.getTracer("dev.lockstep.server");
        this.model = model;
    }

    /**
     * Makes the spans of a request that ended just now.
     *
     * @param request the HTTP request, for its {@code traceparent}
     * @param operation what was asked for
     * @param figures what it took
     */
    public void ended(Request request, Operation operation, RequestFigures figures) {
        ended(parent(request), operation, figures, Instant.now());
    }

    void ended(Context parent, Operation operation, RequestFigures figures, Instant end) {
        Instant begin = end.minusNanos(figures.totalNs());
        Span span = tracer.spanBuilder(operation.label() + " " + model)
                .setParent(parent)
                .setSpanKind(SpanKind.SERVER)
                .setStartTimestamp(begin)
                .setAttribute(OPERATION, operation.label())
                .setAttribute(PROVIDER, "lockstep")
                .setAttribute(MODEL, model)
                .setAttribute(FINISH, List.of(figures.finishReason()))
                .setAttribute(INPUT_TOKENS, (long) figures.promptTokens())
                .setAttribute(OUTPUT_TOKENS, (long) figures.outputTokens())
                .setAttribute(CACHED_TOKENS, (long) figures.cachedTokens())
                .setAttribute(TENANT, figures.tenant())
                .startSpan();
        if (figures.failed()) {
            span.setStatus(StatusCode.ERROR, figures.finishReason());
        }
        Context inside = parent.with(span);
        // Without a first token it was in prefill, or had not left the queue, until the end.
        long firstNs = figures.ttftNs() > 0 ? figures.ttftNs() : figures.totalNs();
        part(inside, "queue", begin, 0, figures.queueNs());
        if (firstNs > figures.queueNs()) {
            part(inside, "prefill", begin, figures.queueNs(), firstNs);
        }
        if (figures.totalNs() > firstNs) {
            part(inside, "decode", begin, firstNs, figures.totalNs());
        }
        span.end(end);
    }

    private void part(Context inside, String name, Instant begin, long fromNs, long toNs) {
        tracer.spanBuilder(name)
                .setParent(inside)
                .setStartTimestamp(begin.plusNanos(fromNs))
                .startSpan()
                .end(begin.plusNanos(toNs));
    }

    /** The caller's span, or none. */
    private static Context parent(Request request) {
        List<String> parents = request.getHeaders().getValuesList("traceparent");
        String state = String.join(",", request.getHeaders().getValuesList("tracestate"));
        return parents.size() == 1 ? parent(parents.getFirst(), state) : Context.root();
    }

    static Context parent(String traceParent, String traceState) {
        Matcher fields = TRACE_PARENT.matcher(traceParent);
        // Version ff is invalid; a later one may have more behind the flags, version 00 may not.
        if (!fields.matches()
                || fields.group(1).equals("ff")
                || fields.group(1).equals("00") && fields.group(5) != null) {
            return Context.root();
        }
        SpanContext caller = SpanContext.createFromRemoteParent(
                fields.group(2), fields.group(3), TraceFlags.fromHex(fields.group(4), 0), state(traceState));
        return caller.isValid() ? Context.root().with(Span.wrap(caller)) : Context.root();
    }

    private static TraceState state(String text) {
        var state = TraceState.builder();
        String[] members = text.split(",");
        // Each is put in front of those before.
        for (int i = members.length - 1; i >= 0; i--) {
            String[] member = members[i].strip().split("=", 2);
            if (member.length == 2) {
                state.put(member[0], member[1]);
            }
        }
        return state.build();
    }
}
