package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.lockstep.Golden;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryForecastTest {
    private static EngineOptions options(int variant) {
        return switch (variant) {
            case 0 -> new EngineOptions();
            case 1 -> new EngineOptions().contextLength(1).threads(1);
            case 2 ->
                new EngineOptions().contextLength(40).kvType(ElementType.F32).prefillChunk(7);
            case 3 -> new EngineOptions().contextLength(5_000).threads(3).kernels(KernelTier.SCALAR);
            case 4 -> new EngineOptions().streamLayers(true);
            case 5 -> new EngineOptions().pack(false);
            case 6 ->
                new EngineOptions()
                        .contextLength(40)
                        .schedule(Schedule.CONTINUOUS)
                        .draft(Golden.path("stories260K/stories260K.gguf"))
                        .speculation(Speculation.of(Speculation.Source.AUTO));
            default -> throw new AssertionError(variant);
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void isThePlanThatLoadingMakes(int variant) throws IOException {
        Path path = Golden.path("stories260K/stories260K.gguf");
        MemoryForecast forecast;
        try (GgufFile file = GgufFile.open(path)) {
            forecast = MemoryForecast.of(file, options(variant));
        }
        try (Engine engine = Engine.open(path, options(variant))) {
            assertThat(forecast.plan()).isEqualTo(engine.memoryPlan());
            assertThat(forecast.contextLength()).isEqualTo(engine.contextLength());
        }
    }

    @Test
    void aBudgetRefusesNothing() throws IOException {
        try (GgufFile file = GgufFile.open(Golden.path("stories260K/stories260K.gguf"))) {
            assertThat(MemoryForecast.of(file, options(0).memoryBudget(1)).plan())
                    .isEqualTo(MemoryForecast.of(file, options(0)).plan());
        }
    }

    @Test
    void aFileThatCannotRunHasNone() throws IOException {
        try (GgufFile file = GgufFile.open(Golden.path("tokenizers/gpt-2.gguf"))) {
            assertThatExceptionOfType(UnusableModelException.class)
                    .isThrownBy(() -> MemoryForecast.of(file, new EngineOptions()));
        }
    }
}
