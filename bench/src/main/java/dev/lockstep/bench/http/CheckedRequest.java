package dev.lockstep.bench.http;

import dev.lockstep.bench.serve.Arrivals;
import dev.lockstep.bench.serve.LengthDistribution;
import dev.lockstep.bench.serve.PlannedRequest;
import dev.lockstep.bench.serve.PromptSource;
import dev.lockstep.bench.serve.Workload;
import dev.lockstep.bench.serve.WorkloadOptions;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A request for a stream, and the one answer that is right.
 *
 * @param body its JSON, for {@code POST /v1/completions}; not to be changed
 * @param text what a serial run of the same model answers
 * @param finishReason why that ends
 * @param promptTokens tokens of its prompt
 * @param outputTokens tokens of the answer
 */
public record CheckedRequest(byte[] body, String text, String finishReason, int promptTokens, int outputTokens) {
    private static final float TEMPERATURE = 0.8f;

    /**
     * Draws requests, each with a seed of its own, and has an engine answer them one after the other.
     *
     * @param engine the engine, serial, for nobody else meanwhile
     * @param source what prompts are made of
     * @param count how many
     * @param prompt lengths of prompts, in tokens
     * @param output lengths of answers; a model may end one before
     * @param seed chooses all of it
     */
    public static List<CheckedRequest> draw(
            Engine engine,
            PromptSource source,
            int count,
            LengthDistribution prompt,
            LengthDistribution output,
            long seed) {
        var options = new WorkloadOptions(
                seed, new Arrivals.Closed(1, 0), count, Double.POSITIVE_INFINITY, prompt, output, 0, 0);
        Workload workload = new Workload(options, source, engine.contextLength());
        List<CheckedRequest> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(of(engine, workload.request(i), seed + i));
        }
        return all;
    }

    private static CheckedRequest of(Engine engine, PlannedRequest plan, long seed) {
        Completion answer = engine.submit(Request.ofTokens(plan.prompt())
                        .maxTokens(plan.outputTokens())
                        .temperature(TEMPERATURE)
                        .seed(seed))
                .await();
        String body = "{\"prompt\": [" + joined(plan.prompt()) + "], \"max_tokens\": " + plan.outputTokens()
                + ", \"temperature\": " + TEMPERATURE + ", \"seed\": " + seed
                + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}";
        return new CheckedRequest(
                body.getBytes(StandardCharsets.US_ASCII),
                answer.text(),
                answer.finishReason().label(),
                plan.prompt().length,
                answer.tokens().size());
    }

    static String joined(int[] ids) {
        return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(", "));
    }
}
