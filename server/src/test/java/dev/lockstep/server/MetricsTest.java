package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.access.AccessLog;
import dev.lockstep.server.metrics.Peaks;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Writer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hawkular.agent.prometheus.text.TextPrometheusMetricDataParser;
import org.hawkular.agent.prometheus.types.Counter;
import org.hawkular.agent.prometheus.types.Gauge;
import org.hawkular.agent.prometheus.types.Histogram;
import org.hawkular.agent.prometheus.types.Metric;
import org.hawkular.agent.prometheus.types.MetricFamily;
import org.hawkular.agent.prometheus.types.MetricType;
import org.junit.jupiter.api.Test;

/** What the endpoint for Prometheus says of requests that were sent, read by a parser of others. */
class MetricsTest {
    private static final List<String> HISTOGRAMS = List.of(
            "lockstep_time_to_first_token_seconds",
            "lockstep_inter_token_latency_seconds",
            "lockstep_e2e_request_latency_seconds",
            "lockstep_request_queue_time_seconds",
            "lockstep_step_duration_seconds",
            "lockstep_step_rows",
            "gen_ai_server_request_duration_seconds",
            "gen_ai_server_time_to_first_token_seconds",
            "gen_ai_server_time_per_output_token_seconds");

    private static final List<String> RESTING = List.of(
            "lockstep_num_requests_running",
            "lockstep_num_requests_waiting",
            "lockstep_num_requests_paused",
            "lockstep_kv_cache_pages_in_use",
            "lockstep_kv_cache_usage_perc");

    private final Map<String, MetricFamily> families = new LinkedHashMap<>();

    @Test
    void countsWhatWasSent() throws IOException {
        EngineMetrics metrics = new EngineMetrics(TestServer.MODEL);
        metrics.peaks(new Peaks(1e12, 1e11));
        int prompt = 0;
        int output = 0;
        try (TestServer server = TestServer.start(
                        TestServer.options().listener(metrics),
                        builder -> builder.metrics(metrics).accessLog(new AccessLog(Writer.nullWriter())));
                RawClient client = server.client()) {
            for (int n = 1; n <= 3; n++) {
                RawClient.Answer answer = client.post(
                        "/v1/completions", "{\"prompt\": \"Hello\", \"max_tokens\": 4, \"seed\": 1, \"n\": " + n + "}");
                assertThat(answer.status()).isEqualTo(200);
                prompt += n * answer.json().at("/usage/prompt_tokens").intValue();
                output += answer.json().at("/usage/completion_tokens").intValue();
            }
            RawClient.Answer vectors = client.post("/v1/embeddings", "{\"input\": [\"Hello\", \"you\"]}");
            prompt += vectors.json().at("/usage/prompt_tokens").intValue();
            assertThat(client.post("/v1/completions", "{}").status()).isEqualTo(400);
            read(client.get("/metrics"));
        }
        assertThat(counted("lockstep_http_requests_total", "route", "/v1/completions", "status", "200"))
                .isEqualTo(3);
        assertThat(counted("lockstep_http_requests_total", "route", "/v1/completions", "status", "400"))
                .isEqualTo(1);
        // Of the engine, a request with n has n; two embeddings are two.
        assertThat(counted("lockstep_request_success_total")).isEqualTo(1 + 2 + 3 + 2);
        assertThat(observed("lockstep_e2e_request_latency_seconds")).isEqualTo(1 + 2 + 3 + 2);
        assertThat(observed("lockstep_request_queue_time_seconds")).isEqualTo(1 + 2 + 3 + 2);
        assertThat(observed("lockstep_time_to_first_token_seconds")).isEqualTo(1 + 2 + 3);
        assertThat(observed("lockstep_inter_token_latency_seconds")).isEqualTo(output - (1 + 2 + 3));
        assertThat(counted("lockstep_prompt_tokens_total")).isEqualTo(prompt);
        assertThat(counted("lockstep_generation_tokens_total")).isEqualTo(output);
        // Of clients, each is one.
        String duration = "gen_ai_server_request_duration_seconds";
        assertThat(observed(duration, "gen_ai_operation_name", "text_completion"))
                .isEqualTo(3);
        assertThat(observed(duration, "gen_ai_operation_name", "embeddings")).isEqualTo(1);
        assertThat(observed("gen_ai_server_time_to_first_token_seconds")).isEqualTo(3);
        assertThat(observed("gen_ai_server_time_per_output_token_seconds")).isEqualTo(3);
        assertThat(observed("lockstep_step_rows")).isEqualTo(observed("lockstep_step_duration_seconds"));
        for (String name : RESTING) {
            assertThat(gauge(name)).as(name).isZero();
        }
        assertThat(gauge("lockstep_mfu_ratio")).isBetween(0.0, 1.0);
        assertThat(gauge("lockstep_mbu_ratio")).isBetween(0.0, 1.0);
        assertThat(counted("lockstep_connections_refused_total")).isZero();
        assertThat(counted("lockstep_connections_cut_total", "reason", "head")).isZero();
        assertThat(counted("lockstep_connections_cut_total", "reason", "reader"))
                .isZero();
        assertThat(counted("lockstep_access_log_dropped_total")).isZero();
    }

    /** Every histogram is there, and has its buckets, none with fewer than the one before, the last with all. */
    private void read(RawClient.Answer answer) throws IOException {
        TextPrometheusMetricDataParser parser =
                new TextPrometheusMetricDataParser(new ByteArrayInputStream(answer.body()));
        for (MetricFamily family = parser.parse(); family != null; family = parser.parse()) {
            families.put(family.getName(), family);
        }
        for (String name : HISTOGRAMS) {
            MetricFamily family = families.get(name);
            assertThat(family).as(name).isNotNull();
            assertThat(family.getType()).as(name).isEqualTo(MetricType.HISTOGRAM);
            for (Metric metric : family.getMetrics()) {
                Histogram histogram = (Histogram) metric;
                assertThat(histogram.getBuckets()).as(name).hasSizeGreaterThan(10);
                long before = 0;
                for (Histogram.Bucket bucket : histogram.getBuckets()) {
                    assertThat(bucket.getCumulativeCount()).as(name).isGreaterThanOrEqualTo(before);
                    before = bucket.getCumulativeCount();
                }
                assertThat(histogram.getBuckets().getLast().getUpperBound()).isInfinite();
                assertThat(before).as(name).isEqualTo(histogram.getSampleCount());
            }
        }
    }

    private static boolean has(Metric metric, String... labels) {
        for (int i = 0; i < labels.length; i += 2) {
            if (!labels[i + 1].equals(metric.getLabels().get(labels[i]))) {
                return false;
            }
        }
        return true;
    }

    private List<Metric> metrics(String name, String... labels) {
        assertThat(families).containsKey(name);
        List<Metric> found = families.get(name).getMetrics().stream()
                .filter(metric -> has(metric, labels))
                .toList();
        assertThat(found).as(name).isNotEmpty();
        return found;
    }

    private double counted(String name, String... labels) {
        return metrics(name, labels).stream()
                .mapToDouble(metric -> ((Counter) metric).getValue())
                .sum();
    }

    private long observed(String name, String... labels) {
        return metrics(name, labels).stream()
                .mapToLong(metric -> ((Histogram) metric).getSampleCount())
                .sum();
    }

    private double gauge(String name) {
        return metrics(name).stream()
                .mapToDouble(metric -> ((Gauge) metric).getValue())
                .sum();
    }
}
