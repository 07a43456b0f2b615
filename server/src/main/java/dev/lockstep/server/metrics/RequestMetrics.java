package dev.lockstep.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What is counted of requests: latencies, tokens and ends. Histograms have the tenant as a label where vLLM's users
 * expect their names, and the operation where OpenTelemetry's conventions have it. Thread-safe; the look-up of a tenant's
 * meters is one in a hash map.
 */
public final class RequestMetrics {
    private final Meters meters;
    private final String model;
    private final Timer gap;
    private final TenantLabels labels = new TenantLabels();
    private final Map<String, OfTenant> tenants = new ConcurrentHashMap<>();
    private final Map<Operation, OfOperation> operations = new ConcurrentHashMap<>();
    private final Map<String, Counter> ends = new ConcurrentHashMap<>();

    RequestMetrics(Meters meters, String model) {
        this.meters = meters;
        this.model = model;
        this.gap = meters.time(
                "lockstep_inter_token_latency", "Time between two tokens.", Buckets.TOKEN_GAP, "model_name", model);
    }

    /** The meters of one tenant. */
    private static final class OfTenant {
        private final Counter promptTokens;
        private final Counter generationTokens;
        private final Counter prefixQueries;
        private final Counter prefixHits;
        private final Timer ttft;
        private final Timer total;
        private final Timer queue;

        OfTenant(Meters meters, String model, String tenant) {
            String[] tags = {"model_name", model, "tenant", tenant};
            promptTokens = meters.counter("lockstep_prompt_tokens", "Tokens of prompts.", tags);
            generationTokens = meters.counter("lockstep_generation_tokens", "Tokens that were generated.", tags);
            prefixQueries = meters.counter(
                    "lockstep_prefix_cache_queries",
                    "Tokens of prompts that were looked up in the prefix cache.",
                    tags);
            prefixHits = meters.counter(
                    "lockstep_prefix_cache_hits", "Tokens of prompts that were found in the prefix cache.", tags);
            ttft = meters.time(
                    "lockstep_time_to_first_token", "Time from arrival to the first token.", Buckets.TTFT, tags);
            total = meters.time("lockstep_e2e_request_latency", "Time from arrival to end.", Buckets.LATENCY, tags);
            queue = meters.time("lockstep_request_queue_time", "Time in the queue.", Buckets.LATENCY, tags);
        }

        void ended(RequestFigures figures) {
            promptTokens.increment(figures.promptTokens());
            generationTokens.increment(figures.outputTokens());
            prefixQueries.increment(figures.promptTokens());
            prefixHits.increment(figures.cachedTokens());
            queue.record(figures.queueNs(), TimeUnit.NANOSECONDS);
            total.record(figures.totalNs(), TimeUnit.NANOSECONDS);
            if (figures.ttftNs() > 0) {
                ttft.record(figures.ttftNs(), TimeUnit.NANOSECONDS);
            }
        }
    }

    /** The meters of one operation, by OpenTelemetry's names. */
    private static final class OfOperation {
        private final Timer duration;
        private final Timer failedDuration;
        private final Timer ttft;
        private final Timer tpot;

        OfOperation(Meters meters, String model, Operation operation) {
            String[] tags = {
                "gen_ai_operation_name",
                operation.label(),
                "gen_ai_provider_name",
                "lockstep",
                "gen_ai_request_model",
                model
            };
            duration = duration(meters, "", tags);
            failedDuration = duration(meters, "_OTHER", tags);
            ttft = meters.time(
                    "gen_ai_server_time_to_first_token",
                    "Time to generate the first token for successful responses.",
                    Buckets.GEN_AI_TTFT,
                    tags);
            tpot = meters.time(
                    "gen_ai_server_time_per_output_token",
                    "Time per output token generated after the first token for successful responses.",
                    Buckets.GEN_AI_TPOT,
                    tags);
        }

        private static Timer duration(Meters meters, String error, String[] tags) {
            String[] all = Arrays.copyOf(tags, tags.length + 2);
            all[tags.length] = "error_type";
            all[tags.length + 1] = error;
            return meters.time(
                    "gen_ai_server_request_duration",
                    "Generative AI server request duration such as time-to-last byte or last output token.",
                    Buckets.GEN_AI_DURATION,
                    all);
        }

        void ended(RequestFigures figures) {
            (figures.failed() ? failedDuration : duration).record(figures.totalNs(), TimeUnit.NANOSECONDS);
            if (figures.failed()) {
                return;
            }
            if (figures.ttftNs() > 0) {
                ttft.record(figures.ttftNs(), TimeUnit.NANOSECONDS);
            }
            if (figures.tpotNs() > 0) {
                tpot.record(figures.tpotNs(), TimeUnit.NANOSECONDS);
            }
        }
    }

    /** Counts a request to the engine that ended, however it did; once each. */
    public void ended(RequestFigures figures) {
        tenant(figures.tenant()).ended(figures);
        ends.computeIfAbsent(figures.finishReason(), this::end).increment();
    }

    /** Counts an answer to a client, or that there was none, by OpenTelemetry's names; once for each of its requests. */
    public void answered(Operation operation, RequestFigures figures) {
        operations
                .computeIfAbsent(operation, asked -> new OfOperation(meters, model, asked))
                .ended(figures);
    }

    private Counter end(String reason) {
        return meters.counter(
                "lockstep_request_success",
                "Requests that ended, by reason.",
                "model_name",
                model,
                "finished_reason",
                reason);
    }

    /** Observes the time between two tokens of a request. */
    public void tokenGap(long ns) {
        gap.record(ns, TimeUnit.NANOSECONDS);
    }

    private OfTenant tenant(String name) {
        OfTenant known = tenants.get(name);
        if (known != null) {
            return known;
        }
        return tenants.computeIfAbsent(labels.of(name), label -> new OfTenant(meters, model, label));
    }
}
