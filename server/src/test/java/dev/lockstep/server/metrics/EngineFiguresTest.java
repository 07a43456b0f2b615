package dev.lockstep.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.plan.Schedule;
import dev.lockstep.tensor.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of an engine that ran. */
class EngineFiguresTest {
    private static final int REQUESTS = 6;

    @TempDir
    Path folder;

    @Test
    void countsAreThoseOfTheRequestsAndGaugesComeToRest() throws Exception {
        Path file = folder.resolve("tiny.gguf");
        SyntheticModel.write(
                SyntheticModel.Shape.named("llama-tiny").orElseThrow(), ElementType.Q8_0, 1, file, (_, _) -> {});
        ServerMetrics metrics = new ServerMetrics("tiny", Set.of());
        EngineOptions options = new EngineOptions()
                .schedule(Schedule.parse("continuous"))
                .threads(1)
                .listener(new EngineFigures(metrics));
        List<Completion> completions = new ArrayList<>();
        try (Engine engine = Engine.open(file, options)) {
            metrics.engine(engine::load);
            List<Generation> generations = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                Request request = Request.ofTokens(1, 2 + i, 5).maxTokens(4 + i);
                generations.add(engine.submit(request));
            }
            generations.forEach(generation -> completions.add(generation.await()));
            for (int i = 0; i < REQUESTS; i++) {
                RequestFigures figures = RequestFigures.of(i % 2 == 0 ? "alice" : "anonymous", completions.get(i));
                metrics.requests().ended(figures);
                metrics.requests().answered(Operation.COMPLETION, figures);
            }
            check(
                    new PrometheusText(new String(metrics.write(null).text(), java.nio.charset.StandardCharsets.UTF_8)),
                    completions);
        }
    }

    private static void check(PrometheusText text, List<Completion> completions) {
        int tokens = completions.stream().mapToInt(c -> c.tokens().size()).sum();
        assertThat(text.value("lockstep_request_success_total")).isEqualTo(REQUESTS);
        assertThat(text.value("lockstep_e2e_request_latency_seconds_count", "tenant", "alice"))
                .isEqualTo(REQUESTS / 2);
        assertThat(text.value("lockstep_e2e_request_latency_seconds_count", "tenant", "anonymous"))
                .isEqualTo(REQUESTS / 2);
        assertThat(text.value("lockstep_prompt_tokens_total"))
                .isEqualTo(completions.stream()
                        .mapToInt(c -> c.promptTokens().size())
                        .sum());
        assertThat(text.value("lockstep_generation_tokens_total")).isEqualTo(tokens);
        assertThat(text.value("lockstep_step_duration_seconds_count")).isPositive();
        assertThat(text.value("lockstep_flops_total")).isPositive();
        assertThat(text.value(
                        "gen_ai_server_request_duration_seconds_count", "gen_ai_operation_name", "text_completion"))
                .isEqualTo(REQUESTS);
        assertThat(text.value("lockstep_num_requests_running")).isZero();
        assertThat(text.value("lockstep_num_requests_waiting")).isZero();
        assertThat(text.value("lockstep_kv_cache_pages_in_use")).isZero();
        assertThat(text.value("lockstep_kv_cache_pages")).isPositive();
        // A token that ends the text is chosen and not given out, so there may be one gap more for each.
        assertThat(text.value("lockstep_inter_token_latency_seconds_count"))
                .isBetween(tokens - REQUESTS + 0.0, tokens + 0.0);
    }
}
