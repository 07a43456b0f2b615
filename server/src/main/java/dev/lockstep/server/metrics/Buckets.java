package dev.lockstep.server.metrics;

import java.time.Duration;
import java.util.Arrays;

/** Upper bounds of histogram buckets, as those who watch other servers have them; durations in seconds. */
final class Buckets {
    /** {@code gen_ai.server.request.duration}: OpenTelemetry semantic conventions, generative AI metrics. */
    static final double[] GEN_AI_DURATION = {
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
    };

    /** {@code gen_ai.server.time_to_first_token}, from the same place. */
    static final double[] GEN_AI_TTFT = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0
    };

    /** {@code gen_ai.server.time_per_output_token}, from the same place. */
    static final double[] GEN_AI_TPOT = {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5};

    /** Time to the first token, as vLLM has it. */
    static final double[] TTFT = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0,
        160.0, 640.0, 2560.0
    };

    /** Gaps between tokens, as vLLM has them. */
    static final double[] TOKEN_GAP = {
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 20.0, 40.0, 80.0
    };

    /** Whole requests and their time in the queue, as vLLM has them. */
    static final double[] LATENCY = {
        0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0, 960.0,
        1920.0, 7680.0
    };

    /** Steps: from those of a small model to prompts of a large one. */
    static final double[] STEP = {
        0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0
    };

    /** Rows of a step, as vLLM has the tokens of an iteration. */
    static final double[] ROWS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};

    private Buckets() {}

    /** Bounds in seconds as a timer wants them. */
    static Duration[] durations(double[] seconds) {
        return Arrays.stream(seconds)
                .mapToObj(bound -> Duration.ofNanos(Math.round(bound * 1e9)))
                .toArray(Duration[]::new);
    }
}
