package dev.lockstep.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.engine.EngineLoad;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.hawkular.agent.prometheus.text.TextPrometheusMetricDataParser;
import org.hawkular.agent.prometheus.types.Histogram;
import org.hawkular.agent.prometheus.types.Metric;
import org.hawkular.agent.prometheus.types.MetricFamily;
import org.hawkular.agent.prometheus.types.MetricType;
import org.junit.jupiter.api.Test;

class ServerMetricsTest {
    private static final long SEED = Long.getLong("lockstep.seed", 42L);

    private static final Map<String, double[]> HISTOGRAMS = Map.of(
            "gen_ai_server_request_duration_seconds", Buckets.GEN_AI_DURATION,
            "gen_ai_server_time_to_first_token_seconds", Buckets.GEN_AI_TTFT,
            "gen_ai_server_time_per_output_token_seconds", Buckets.GEN_AI_TPOT,
            "lockstep_time_to_first_token_seconds", Buckets.TTFT,
            "lockstep_inter_token_latency_seconds", Buckets.TOKEN_GAP,
            "lockstep_e2e_request_latency_seconds", Buckets.LATENCY,
            "lockstep_request_queue_time_seconds", Buckets.LATENCY,
            "lockstep_step_duration_seconds", Buckets.STEP,
            "lockstep_step_rows", Buckets.ROWS);

    @Test
    void countsAreWhatWasSent() {
        FedMetrics fed = new FedMetrics().feed(SEED, 500);
        PrometheusText text = fed.read();
        assertThat(text.value("lockstep_prompt_tokens_total")).isEqualTo(fed.promptTokens);
        assertThat(text.value("lockstep_generation_tokens_total")).isEqualTo(fed.outputTokens);
        assertThat(text.value("lockstep_prefix_cache_queries_total")).isEqualTo(fed.promptTokens);
        assertThat(text.value("lockstep_prefix_cache_hits_total")).isEqualTo(fed.cachedTokens);
        assertThat(text.value("lockstep_request_success_total")).isEqualTo(fed.requests);
        assertThat(text.value("lockstep_request_success_total", "finished_reason", "cancelled"))
                .isEqualTo(fed.failed);
        assertThat(text.value("lockstep_e2e_request_latency_seconds_count")).isEqualTo(fed.requests);
        assertThat(text.value("lockstep_e2e_request_latency_seconds_sum")).isCloseTo(fed.totalSeconds, within(1e-6));
        assertThat(text.value("lockstep_request_queue_time_seconds_count")).isEqualTo(fed.requests);
        assertThat(text.value("lockstep_time_to_first_token_seconds_count")).isEqualTo(fed.withFirstToken);
        assertThat(text.value("lockstep_inter_token_latency_seconds_count")).isEqualTo(fed.gaps);
        assertThat(text.value("gen_ai_server_request_duration_seconds_count")).isEqualTo(fed.requests);
        assertThat(text.value("gen_ai_server_request_duration_seconds_count", "error_type", "_OTHER"))
                .isEqualTo(fed.failed);
        assertThat(text.value("gen_ai_server_time_per_output_token_seconds_count"))
                .isEqualTo(fed.withFurther);
        assertThat(text.value("lockstep_step_duration_seconds_count")).isEqualTo(fed.steps);
        assertThat(text.value("lockstep_step_rows_sum")).isEqualTo(fed.rows);
        assertThat(text.value("lockstep_rows_total")).isEqualTo(fed.rows);
        assertThat(text.value("lockstep_flops_total")).isEqualTo(fed.flops);
        assertThat(text.value("lockstep_read_bytes_total", "of", "weights")).isEqualTo(fed.weightBytes);
        assertThat(text.value("lockstep_read_bytes_total", "of", "kv")).isEqualTo(fed.kvBytes);
    }

    @Test
    void everyHistogramHasItsBucketsAndEachObservationIsInTheRightOne() {
        FedMetrics fed = new FedMetrics().feed(SEED, 50);
        for (double seconds : new double[] {0.0005, 0.001, 0.0011, 5, 3000}) {
            fed.metrics.requests().ended(request("edges", Math.round(seconds * 1e9)));
        }
        PrometheusText text = fed.read();
        HISTOGRAMS.forEach(
                (name, bounds) -> assertThat(text.bounds(name)).as(name).containsExactly(bounds));
        assertThat(text.families().values().stream()
                        .filter(family -> family.type().equals("histogram"))
                        .map(PrometheusText.Family::name))
                .containsExactlyInAnyOrderElementsOf(HISTOGRAMS.keySet());
        String bucket = "lockstep_time_to_first_token_seconds_bucket";
        assertThat(text.value(bucket, "tenant", "edges", "le", "0.001"))
                .as("bounds are inclusive")
                .isEqualTo(2);
        assertThat(text.value(bucket, "tenant", "edges", "le", "0.005")).isEqualTo(3);
        assertThat(text.value(bucket, "tenant", "edges", "le", "5.0")).isEqualTo(4);
        assertThat(text.value(bucket, "tenant", "edges", "le", "2560.0")).isEqualTo(4);
        assertThat(text.value(bucket, "tenant", "edges", "le", "+Inf")).isEqualTo(5);
    }

    @Test
    void aParserOfOthersReadsTheSame() throws IOException {
        FedMetrics fed = new FedMetrics().feed(SEED, 200);
        Map<String, MetricFamily> families = parse(fed.text(null));
        PrometheusText text = fed.read();
        assertThat(families.keySet()).isEqualTo(text.families().keySet());
        HISTOGRAMS.forEach((name, bounds) -> {
            MetricFamily family = families.get(name);
            assertThat(family.getType()).as(name).isEqualTo(MetricType.HISTOGRAM);
            long count = 0;
            for (Metric metric : family.getMetrics()) {
                Histogram histogram = (Histogram) metric;
                count += histogram.getSampleCount();
                assertThat(histogram.getBuckets()).as(name).hasSize(bounds.length + 1);
                assertThat(histogram.getBuckets().getLast().getCumulativeCount())
                        .isEqualTo(histogram.getSampleCount());
            }
            assertThat(count).as(name).isEqualTo((long) text.value(name + "_count"));
        });
    }

    private static Map<String, MetricFamily> parse(String text) throws IOException {
        TextPrometheusMetricDataParser parser =
                new TextPrometheusMetricDataParser(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        Map<String, MetricFamily> families = new HashMap<>();
        for (MetricFamily family = parser.parse(); family != null; family = parser.parse()) {
            families.put(family.getName(), family);
        }
        return families;
    }

    @Test
    void gaugesFollowTheEngineAndAreZeroAfterTheLoad() {
        FedMetrics fed = new FedMetrics();
        fed.running = 3;
        fed.waiting = 5;
        fed.pages = 50;
        fed.preempted = 2;
        fed.preemptions = 7;
        fed.metrics.steps().stepped(1000, 1, 1, 0, 5_000_000_000_000L, 100_000_000_000L, 0);
        fed.clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
        PrometheusText during = fed.read();
        assertThat(during.value("lockstep_num_requests_running")).isEqualTo(3);
        assertThat(during.value("lockstep_num_requests_waiting")).isEqualTo(7);
        assertThat(during.value("lockstep_kv_cache_usage_perc")).isEqualTo(0.25);
        assertThat(during.value("lockstep_num_preemptions_total")).isEqualTo(7);
        assertThat(during.value("lockstep_mfu_ratio"))
                .as("5 TFLOP in 10 s of 1 TFLOP/s")
                .isEqualTo(0.5);
        assertThat(during.value("lockstep_mbu_ratio"))
                .as("100 GB in 10 s of 100 GB/s")
                .isEqualTo(0.1);
        fed.running = 0;
        fed.waiting = 0;
        fed.preempted = 0;
        fed.pages = 0;
        fed.clock.addAndGet(TimeUnit.SECONDS.toNanos(RecentWork.SECONDS + 1));
        PrometheusText after = fed.read();
        after.families().values().stream()
                .filter(family -> family.type().equals("gauge")
                        && !family.name().equals("lockstep_kv_cache_pages")
                        && !family.name().equals("lockstep_kv_cache_pages_cached"))
                .flatMap(family -> family.samples().stream())
                .forEach(sample -> assertThat(sample.value()).as("%s", sample).isZero());
        assertThat(after.value("lockstep_num_preemptions_total")).isEqualTo(7);
    }

    @Test
    void countersOfOthersAreKeptThroughACollection() {
        FedMetrics fed = new FedMetrics();
        long[] refused = {9};
        fed.metrics.count("lockstep_test_refused", "Test.", () -> refused[0]);
        System.gc();
        assertThat(fed.read().value("lockstep_test_refused_total")).isEqualTo(9);
    }

    @Test
    void guessesAreCountedByPlace() {
        FedMetrics fed = new FedMetrics();
        fed.guesses = new EngineLoad.Guesses(new long[] {5, 4, 3, 3}, new long[] {5, 3, 1, 0});
        PrometheusText text = fed.read();
        String accepted = "lockstep_spec_decode_num_accepted_tokens_per_pos_total";
        String drafted = "lockstep_spec_decode_num_draft_tokens_per_pos_total";
        assertThat(text.value("lockstep_spec_decode_num_drafts_total")).isEqualTo(5);
        assertThat(text.value("lockstep_spec_decode_num_draft_tokens_total")).isEqualTo(15);
        assertThat(text.value("lockstep_spec_decode_num_accepted_tokens_total")).isEqualTo(9);
        assertThat(text.value(accepted)).isEqualTo(9);
        assertThat(text.value(drafted)).isEqualTo(15);
        assertThat(text.value(accepted, "position", "1")).isEqualTo(3);
        assertThat(text.value(drafted, "position", "3")).isEqualTo(3);
    }

    @Test
    void moreTenantsThanThereIsRoomForAreOthers() {
        FedMetrics fed = new FedMetrics();
        for (int i = 0; i < 5 * TenantLabels.MOST; i++) {
            fed.metrics.requests().ended(request("t" + i, 1000));
        }
        PrometheusText text = fed.read();
        long series =
                text.families().get("lockstep_prompt_tokens_total").samples().size();
        assertThat(series).isEqualTo(TenantLabels.MOST + 1);
        assertThat(text.value("lockstep_e2e_request_latency_seconds_count", "tenant", TenantLabels.OTHER))
                .isEqualTo(4 * TenantLabels.MOST);
        assertThat(text.value("lockstep_e2e_request_latency_seconds_count")).isEqualTo(5 * TenantLabels.MOST);
    }

    private static RequestFigures request(String tenant, long ns) {
        return new RequestFigures(tenant, "stop", false, 1, 0, 1, 0, ns, 0, ns);
    }
}
