package dev.lockstep.train.run;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Scoring;
import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.RopeStyle;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.LossFunction;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.ScoringPass;
import dev.lockstep.train.model.Teacher;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.model.TestNetworks;
import dev.lockstep.train.model.TransformerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What training computes forward is what inference computes from the exported file, bit for bit. */
class InferenceBitsTest {
    private static final int[] LENGTHS = {1, 17, 64, 33};

    @TempDir
    Path folder;

    static Stream<Arguments> cases() {
        return Stream.of(
                        TestNetworks.config(2, 64, 4, 2, 16, 96, 300),
                        TestNetworks.config(3, 40, 5, 1, 8, 72, 77),
                        TestNetworks.config(1, 96, 3, 3, 32, 33, 129))
                .flatMap(shape -> Stream.of(true, false)
                        .flatMap(tied -> Stream.of(KernelTier.SCALAR, KernelTier.AUTO)
                                .map(tier -> Arguments.of(
                                        TestNetworks.with(shape, RopeStyle.INTERLEAVED, tied, Mask.CAUSAL), tier))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logits(TransformerConfig config, KernelTier tier) throws IOException {
        Path file = folder.resolve("model.gguf");
        Batch batch = TestNetworks.batch(config, 4, LENGTHS);
        try (ParameterMemory weights = TestNetworks.weights(config, 11)) {
            ModelExport.write(config, weights, "test", ElementType.F32, _ -> {}, file);
            List<float[]> trained = trained(config, weights, batch, tier);
            int compared = 0;
            for (int i = 0; i < batch.segments(); i++) {
                List<float[]> inferred = inferred(file, config, batch, i, tier);
                for (int r = 0; r < inferred.size(); r++) {
                    int row = batch.start(i) + r;
                    if (batch.target(row) != Batch.NO_TARGET) {
                        assertThat(bits(trained.get(compared++)))
                                .as("segment %d, position %d", i, r)
                                .isEqualTo(bits(inferred.get(r)));
                    }
                }
            }
            assertThat(compared).isEqualTo(batch.lossRows()).isGreaterThan(50);
        }
    }

    private static List<float[]> trained(
            TransformerConfig config, ParameterMemory weights, Batch batch, KernelTier tier) {
        List<float[]> logits = new ArrayList<>();
        try (Team team = new Team(tier.choose(), 1);
                Teacher model = new Teacher(config, weights, team, batch.rows())) {
            new ScoringPass(model, () -> new Capture(logits), team, batch.rows()).run(batch);
        }
        return logits;
    }

    private static List<float[]> inferred(
            Path file, TransformerConfig config, Batch batch, int segment, KernelTier tier) throws IOException {
        int[] tokens = new int[batch.length(segment)];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = batch.token(batch.start(segment) + i);
        }
        List<float[]> logits = new ArrayList<>();
        EngineOptions options = new EngineOptions().kernels(tier).threads(2).kvType(ElementType.F32);
        Scoring.run(file, tokens, config.vocabulary(), options, position -> logits.add(position.logits()));
        return logits;
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    /** Keeps the logits of each row. */
    private record Capture(List<float[]> logits) implements LossFunction {
        @Override
        public double apply(GradientKernels k, long at, long teacher, int vocabulary, int target, float weight) {
            float[] row = new float[vocabulary];
            for (int i = 0; i < vocabulary; i++) {
                row[i] = Memory.ALL.get(JAVA_FLOAT_UNALIGNED, at + 4L * i);
            }
            logits.add(row);
            return 0;
        }
    }
}
