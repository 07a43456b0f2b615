package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.tensor.ElementType;
import java.util.Map;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests and options that cannot be: one sentence with the thing, the value and the limit; nothing else happens. */
@Timeout(60)
class RefusalTest {
    @Test
    void requestsThatTheModelCannotRun() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            checkRefused(
                    () -> engine.submit(Request.ofTokens(new int[128])),
                    "the prompt has 128 tokens, but the context holds 128 with at least one of output");
            checkRefused(
                    () -> engine.submit(Request.of("a ".repeat(500))),
                    "the prompt has 502 tokens, but the context holds 128 with at least one of output");
            checkRefused(() -> engine.submit(Request.ofTokens()), "the prompt has 0 tokens, but at least 1 is needed");
            checkRefused(
                    () -> engine.submit(Request.ofTokens(1, 512)), "token 512 in the prompt, allowed are 0 to 511");
            checkRefused(
                    () -> engine.submit(Request.ofTokens(1, -1, 600)), "token -1 in the prompt, allowed are 0 to 511");
            SamplingParameters bias = new SamplingParameters(0, 0, 1, 0, 1, 0, 0, Map.of(512, 1f), 0);
            checkRefused(
                    () -> engine.submit(Request.of("a").sampling(bias)),
                    "logit bias for token 512, allowed are 0 to 511");
            assertThat(engine.trace().events()).as("traces of refused requests").isEmpty();
            assertThat(engine.submit(Request.of("")).await().promptTokens())
                    .as("an empty text has the token that begins a text")
                    .containsExactly(1);
        }
    }

    @Test
    void requestsThatNoModelCanRun() {
        Request request = Request.of("a");
        checkRefused(() -> request.maxTokens(0), "max tokens is 0, must be at least 1");
        checkRefused(() -> request.temperature(-1), "temperature is -1.0, must be 0.0 to 100.0");
        checkRefused(() -> request.stop(""), "stop string of 0 characters, allowed are 1 to 1024");
        checkRefused(() -> request.stop("x".repeat(1_025)), "stop string of 1025 characters, allowed are 1 to 1024");
        checkRefused(
                () -> request.stop("a\uD83D"), "stop string with half of a surrogate pair, which no text contains");
        Request full = request;
        for (int i = 0; i < 64; i++) {
            full = full.stop("stop " + i);
        }
        Request more = full;
        checkRefused(() -> more.stop("one more"), "more than 64 stop strings");
        assertThat(request.stops()).as("a request never changes").isEmpty();
    }

    @Test
    void optionsOutOfRange() {
        Supplier<EngineOptions> options = EngineOptions::new;
        checkRefused(() -> options.get().threads(0), "threads is 0, allowed are 1 to 1024");
        checkRefused(() -> options.get().threads(1_025), "threads is 1025, allowed are 1 to 1024");
        checkRefused(() -> options.get().contextLength(0), "context length is 0, allowed are 1 to 16777216");
        checkRefused(() -> options.get().prefillChunk(4_097), "prefill chunk is 4097, allowed are 1 to 4096");
        checkRefused(() -> options.get().queueCapacity(0), "queue capacity is 0, allowed are 1 to 1000000");
        checkRefused(() -> options.get().traceCapacity(0), "trace capacity is 0, allowed are 1 to 16777216");
        checkRefused(() -> options.get().memoryBudget(0), "memory budget is 0 bytes, must be at least 1");
        checkRefused(() -> options.get().kvType(ElementType.Q8_0), "KV cache type Q8_0, allowed are F16 and F32");
        assertThatCode(() -> options.get().threads(1_024).contextLength(1 << 24).prefillChunk(4_096))
                .doesNotThrowAnyException();
    }

    @Test
    void theContextIsTheModelsUnlessAskedForAndBounded() {
        EngineOptions options = new EngineOptions();
        assertThat(options.setup().contextLengthFor(128)).isEqualTo(128);
        assertThat(options.setup().contextLengthFor(1 << 20)).isEqualTo(4_096);
        assertThat(options.contextLength(50).setup().contextLengthFor(128)).isEqualTo(50);
    }

    private static void checkRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
