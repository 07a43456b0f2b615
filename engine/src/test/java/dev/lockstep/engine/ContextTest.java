package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a context is, asked for or not; the model was trained for 128 positions. */
class ContextTest {
    private static int contextOf(EngineOptions options) throws IOException {
        try (Engine engine = Engine.open(Models.stories(), options)) {
            return engine.contextLength();
        }
    }

    @Test
    void isTheTrainedOneUnlessAskedFor() throws IOException {
        assertThat(contextOf(Models.options())).isEqualTo(128);
        assertThat(contextOf(Models.options().contextLength(40))).isEqualTo(40);
        assertThat(contextOf(Models.options().contextLength(300))).isEqualTo(300);
    }

    @Test
    void growsForRequestsThatAreExpected() throws IOException {
        Request small = Request.of(Models.PROMPT).maxTokens(10);
        Request large = Request.of(Models.PROMPT).maxTokens(150);
        assertThat(contextOf(Models.options().expecting(List.of(small)))).isEqualTo(128);
        assertThat(contextOf(Models.options().expecting(List.of(small, large)))).isEqualTo(155);
    }

    @Test
    void growsToTwiceTheTrainedOneAtMost() throws IOException {
        Request huge = Request.of(Models.PROMPT).maxTokens(Integer.MAX_VALUE);
        assertThat(contextOf(Models.options().expecting(List.of(huge)))).isEqualTo(256);
    }

    @Test
    void doesNotGrowOverWhatWasAskedFor() throws IOException {
        Request large = Request.of(Models.PROMPT).maxTokens(150);
        assertThat(contextOf(Models.options().contextLength(60).expecting(List.of(large))))
                .isEqualTo(60);
    }

    @Test
    void letsARequestReachItsLimit() throws IOException {
        Request request = Request.of(Models.PROMPT).maxTokens(140);
        try (Engine engine = Engine.open(Models.stories(), Models.options().expecting(List.of(request)))) {
            Completion completion = engine.submit(request).await();
            assertThat(completion.tokens()).hasSize(140);
            assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }
}
