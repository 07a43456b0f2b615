package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.trace.TraceEvent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model whose weights are finite and whose arithmetic is not: its requests fail, and nothing else does. */
@Timeout(60)
class PoisonedModelTest {
    @ParameterizedTest
    @EnumSource(names = {"SCALAR", "VECTOR", "AUTO"})
    void everyRequestEndsOnceWithAnErrorAndTheEngineClosesCleanly(KernelTier tier, @TempDir Path folder)
            throws Exception {
        Path model = folder.resolve("poisoned.gguf");
        writePoisoned(model);
        EngineOptions options = new EngineOptions().threads(2).kernels(tier);
        try (Engine engine = Engine.open(model, options)) {
            List<Generation> generations = Stream.of(0, 1, 2)
                    .map(temperature -> engine.submit(Request.of("a b c").temperature(temperature)))
                    .toList();
            for (Generation generation : generations) {
                Completion completion = generation.await();
                assertThat(completion.finishReason()).isEqualTo(FinishReason.ERROR);
                assertThat(completion.error())
                        .matches("the model gave token 0 the logit (NaN|-?Infinity) at position "
                                + completion.promptTokens().size());
                assertThat(completion.tokens()).isEmpty();
                assertThat(completion.text()).isEmpty();
                assertThat(generation.iterator().hasNext()).isFalse();
            }
            assertThat(engine.trace().events().stream()
                            .filter(event -> event instanceof TraceEvent.Finished)
                            .map(event -> ((TraceEvent.Finished) event).request()))
                    .containsExactlyElementsOf(
                            generations.stream().map(Generation::id).toList());
            assertThat(IsolationTest.nonZeroBytes(engine.model().cache())).isZero();
        }
    }

    /** The golden random model with norm weights of 1e38. */
    private static void writePoisoned(Path target) throws IOException {
        try (GgufFile source = GgufFile.open(Models.random())) {
            GgufWriter writer = new GgufWriter().copyMetadata(source.metadata());
            for (GgufTensor tensor : source.tensors()) {
                MemorySegment data = source.data(tensor);
                if (tensor.name().endsWith("norm.weight")) {
                    float[] huge = new float[(int) tensor.elements()];
                    Arrays.fill(huge, 1e38f);
                    data = MemorySegment.ofArray(huge);
                }
                writer.tensor(tensor.name(), tensor.type(), tensor.dims(), data);
            }
            writer.write(target);
        }
    }
}
