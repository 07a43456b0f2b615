package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Workers;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.PackedMatrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Workers that need the parts at any pace, steps of both kinds, some given up midway: every part is what it should be. */
@Timeout(120)
class StreamedWeightsTest {
    private static final int STEPS = 300;

    @TempDir
    Path folder;

    /** Six seeds, or the one that {@code -Dlockstep.seed=N} asks for. */
    static IntStream seeds() {
        Integer only = Integer.getInteger("lockstep.seed");
        return only == null ? IntStream.rangeClosed(1, 6) : IntStream.of(only);
    }

    /** Thrown in the midst of a step. */
    private static final class GivenUp extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyWorkerSeesTheRightWeightsAtAnyPace(int seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Path path = folder.resolve("wide.gguf");
        int layers = random.nextInt(1, 6);
        Shape shape = new Shape("wide", layers, 64, 4, 2, 96, 1_003, 256);
        SyntheticModel.write(shape, ElementType.Q8_0, seed, path, LoadProgress.SILENT);
        KernelTier.Choice tier = KernelTier.AUTO.choose();
        try (Workers workers = new Workers(1 + seed % 3);
                GgufFile file = GgufFile.open(path)) {
            ModelConfig config = ModelConfig.of(file);
            long budget = seed % 2 == 0 ? 1 : Long.MAX_VALUE;
            Residency residency = Residency.choose(file, config, budget);
            try (PackedWeights expected = PackedWeights.load(file, config, tier, workers, LoadProgress.SILENT);
                    StreamedWeights streamed =
                            StreamedWeights.load(file, config, residency, tier, workers, LoadProgress.SILENT)) {
                for (int step = 0; step < STEPS; step++) {
                    boolean logits = random.nextBoolean();
                    int parts = layers + (logits ? streamed.outputPieces() : 0);
                    int giveUpAt = random.nextInt(10) == 0 ? random.nextInt(parts) : -1;
                    int faulty = random.nextInt(workers.count());
                    long pace = random.nextLong();
                    String where = "seed " + seed + ", step " + step;
                    run(workers, streamed, expected, logits, pace, worker -> worker == faulty ? giveUpAt : -1, where);
                }
            }
        }
    }

    private interface Fault {
        /** The part at which a worker gives up; −1: none. */
        int part(int worker);
    }

    private static void run(
            Workers workers,
            StreamedWeights streamed,
            PackedWeights expected,
            boolean logits,
            long pace,
            Fault fault,
            String where) {
        streamed.begin(logits);
        try {
            workers.run(worker -> {
                try {
                    SplittableRandom random = new SplittableRandom(pace + worker);
                    for (int l = 0; l < streamed.layers(); l++) {
                        giveUp(fault.part(worker) == l);
                        same(
                                streamed.layer(worker, l).down(),
                                expected.layer(worker, l).down(),
                                0,
                                where);
                        dawdle(random);
                        same(
                                streamed.layer(worker, l).query(),
                                expected.layer(worker, l).query(),
                                0,
                                where);
                        streamed.layerDone(worker, l);
                    }
                    for (int piece = 0, panel = 0; logits && piece < streamed.outputPieces(); piece++) {
                        giveUp(fault.part(worker) == streamed.layers() + piece);
                        PackedMatrix output = streamed.output(worker, piece);
                        dawdle(random);
                        same(output, expected.output(worker, 0), panel, where);
                        panel += output.panels();
                        streamed.outputDone(worker, piece);
                    }
                } catch (RuntimeException | Error e) {
                    streamed.abort();
                    throw e;
                }
            });
        } catch (RuntimeException e) {
            assertThat(fault.part(0) >= 0 || fault.part(1) >= 0 || fault.part(2) >= 0)
                    .as(where + ": " + e)
                    .isTrue();
            return;
        }
        streamed.end();
    }

    private static void giveUp(boolean now) {
        if (now) {
            throw new GivenUp();
        }
    }

    private static void dawdle(SplittableRandom random) {
        int spins = random.nextInt(4) == 0 ? random.nextInt(20_000) : 0;
        for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
        }
    }

    private static void same(PackedMatrix part, PackedMatrix whole, int firstPanel, String where) {
        long bytes = part.bytes();
        assertThat(Memory.ALL
                        .asSlice(part.panel(0), bytes)
                        .mismatch(Memory.ALL.asSlice(whole.panel(firstPanel), bytes)))
                .as(where)
                .isEqualTo(-1);
    }
}
