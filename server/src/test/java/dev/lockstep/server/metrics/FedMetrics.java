package dev.lockstep.server.metrics;

import dev.lockstep.engine.EngineLoad;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Metrics that were given figures, and the figures' sums. */
final class FedMetrics {
    static final Set<String> ROUTES = Set.of("/v1/completions", "/v1/models", "/v1/models/{id}", "/metrics");

    final AtomicLong clock = new AtomicLong(TimeUnit.HOURS.toNanos(1));
    final ServerMetrics metrics = new ServerMetrics("tiny", ROUTES, clock::get);

    volatile int running;
    volatile int waiting;
    volatile int pages;
    volatile int preempted;
    volatile long preemptions;
    volatile EngineLoad.Guesses guesses = new EngineLoad.Guesses(new long[4], new long[4]);

    int requests;
    int failed;
    int withFirstToken;
    int withFurther;
    int gaps;
    int steps;
    long promptTokens;
    long cachedTokens;
    long outputTokens;
    long rows;
    long flops;
    long weightBytes;
    long kvBytes;
    double totalSeconds;

    FedMetrics() {
        metrics.engine(() -> new EngineLoad(
                waiting,
                running,
                0,
                preempted,
                new EngineLoad.Pages(200, pages, 17),
                new EngineLoad.Prompts(0, 0),
                0,
                preemptions,
                guesses,
                new EngineLoad.Steps(0, 0, 0, 0, 0, 0, 0, 0)));
        metrics.peaks(new Peaks(1e12, 1e11));
        metrics.count("lockstep_connections_refused", "Connections over an address's share.", () -> 0);
        metrics.count("lockstep_connections_cut", "Connections whose head took too long.", () -> 0);
        metrics.count("lockstep_access_log_dropped", "Lines that found the queue full.", () -> 0);
    }

    /** Feeds random requests and steps. */
    FedMetrics feed(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        String[] reasons = {"stop", "length", "cancelled"};
        for (int i = 0; i < count; i++) {
            int output = random.nextInt(50);
            long total = random.nextLong(TimeUnit.MINUTES.toNanos(3));
            long ttft = output == 0 ? 0 : 1 + total / 7;
            long tpot = output < 2 ? 0 : 1 + total / output;
            String reason = reasons[random.nextInt(3)];
            boolean bad = reason.equals("cancelled");
            int prompt = 1 + random.nextInt(100);
            int cached = random.nextInt(prompt);
            Operation operation = Operation.values()[random.nextInt(3)];
            RequestFigures figures = new RequestFigures(
                    "tenant" + i % 3, reason, bad, prompt, cached, output, total / 9, ttft, tpot, total);
            metrics.requests().ended(figures);
            metrics.requests().answered(operation, figures);
            requests++;
            failed += bad ? 1 : 0;
            withFirstToken += ttft > 0 ? 1 : 0;
            withFurther += tpot > 0 && !bad ? 1 : 0;
            promptTokens += prompt;
            cachedTokens += cached;
            outputTokens += output;
            totalSeconds += total / 1e9;
            for (int token = 1; token < output; token++) {
                metrics.requests().tokenGap(random.nextLong(2_000_000_000L));
                gaps++;
            }
            step(random);
        }
        return this;
    }

    private void step(SplittableRandom random) {
        int prefill = random.nextInt(100);
        int decode = 1 + random.nextInt(8);
        metrics.steps().stepped(random.nextLong(100_000_000), prefill, decode, 3, 1000, 200, 30);
        steps++;
        rows += prefill + decode + 3;
        flops += 1000;
        weightBytes += 200;
        kvBytes += 30;
    }

    String text(String accept) {
        return new String(metrics.write(accept).text(), StandardCharsets.UTF_8);
    }

    PrometheusText read() {
        return new PrometheusText(text(null));
    }
}
