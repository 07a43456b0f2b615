package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import dev.lockstep.text.SyntheticVocabulary;
import dev.lockstep.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SyntheticModelTest {
    private static final SyntheticModel.Shape TINY =
            SyntheticModel.Shape.named("llama-tiny").orElseThrow();

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void theModelRunsAndItsLogitsSpreadAFewUnits(ElementType type) throws IOException {
        for (long seed = 1; seed <= 3; seed++) {
            try (GgufFile file = GgufFile.open(write(small(type), type, seed, 2))) {
                float[] logits = ModelRun.logits(file, SyntheticVocabulary.BOS, 300, 400, 17, 299, 511);
                assertThat(logits).hasSize(512);
                assertThat(ModelRun.deviation(logits))
                        .as("%s, seed %d", type, seed)
                        .isBetween(2.0, 4.5);
            }
        }
    }

    /** Logits of a deviation near 3 after a dozen layers too: the residual sum neither grows nor fades away. */
    @Test
    void depthDoesNotChangeTheSpread() throws IOException {
        SyntheticModel.Shape deep = new SyntheticModel.Shape("deep", 24, 128, 8, 4, 256, 1000, 64);
        try (GgufFile file = GgufFile.open(write(deep, ElementType.Q4_0, 5, 2))) {
            float[] logits = ModelRun.logits(file, SyntheticVocabulary.BOS, 300, 400, 17, 299, 511);
            assertThat(ModelRun.deviation(logits)).isBetween(2.0, 4.5);
        }
    }

    @Test
    void theFileSaysWhatItIs() throws IOException {
        try (GgufFile file = GgufFile.open(write(TINY, ElementType.Q8_0, 7, 2))) {
            ModelConfig config = ModelConfig.of(file);
            assertThat(config.layers()).isEqualTo(2);
            assertThat(config.width()).isEqualTo(64);
            assertThat(config.heads()).isEqualTo(4);
            assertThat(config.kvHeads()).isEqualTo(2);
            assertThat(config.headSize()).isEqualTo(16);
            assertThat(config.feedForward()).isEqualTo(160);
            assertThat(config.vocabulary()).isEqualTo(512);
            assertThat(config.contextLength()).isEqualTo(256);
            assertThat(config.ropePairs()).isEqualTo(8);
            assertThat(config.ropeBase()).isEqualTo(10_000);
            assertThat(config.normEpsilon()).isEqualTo(1e-5f);
            assertThat(file.metadata().string("general.name")).hasValue("llama-tiny");
            assertThat(file.metadata().string("general.description")).hasValue("random weights, seed 7");
            assertThat(file.metadata().integer("general.file_type")).hasValue(7);
            assertThat(file.metadata().integer("general.quantization_version")).hasValue(2);
            assertThat(file.metadata().integer("llama.vocab_size")).hasValue(512);
            assertThat(file.tensor("output.weight")).isPresent();
        }
    }

    @Test
    void theVocabularyReadsAndWritesAnyText() throws IOException {
        try (GgufFile file = GgufFile.open(write(TINY, ElementType.F32, 7, 2))) {
            Tokenizer tokenizer = Tokenizer.of(file.metadata());
            assertThat(tokenizer.vocabulary().size()).isEqualTo(512);
            assertThat(tokenizer.vocabulary().bos()).hasValue(SyntheticVocabulary.BOS);
            assertThat(tokenizer.vocabulary().isEndOfGeneration(SyntheticVocabulary.EOS))
                    .isTrue();
            StringBuilder read = new StringBuilder();
            for (int id : tokenizer.encode("to be, or not", false)) {
                read.append(new String(tokenizer.bytes(id), StandardCharsets.UTF_8));
            }
            assertThat(read.toString().strip()).isEqualTo("to be, or not");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void theBytesAreAFunctionOfShapeTypeAndSeed(ElementType type) throws IOException {
        Path once = write(small(type), type, 1, 1);
        for (int threads : new int[] {2, 3, 5}) {
            assertThat(Files.mismatch(once, write(small(type), type, 1, threads)))
                    .as("%d threads", threads)
                    .isEqualTo(-1);
        }
        try (GgufFile one = GgufFile.open(once);
                GgufFile other = GgufFile.open(write(small(type), type, 2, 1))) {
            for (GgufTensor tensor : one.tensors()) {
                assertThat(one.data(tensor)
                                .mismatch(other.data(other.tensor(tensor.name()).orElseThrow())))
                        .as(tensor.name())
                        .isGreaterThanOrEqualTo(0);
            }
        }
    }

    /** A vocabulary of several chunks and a rest: each weight is another, and the threads change nothing. */
    @Test
    void largeTensorsDoNotRepeat() throws IOException {
        SyntheticModel.Shape wide = new SyntheticModel.Shape("wide", 1, 64, 4, 4, 64, 40_007, 32);
        Path once = write(wide, ElementType.Q4_0, 3, 1);
        assertThat(Files.mismatch(once, write(wide, ElementType.Q4_0, 3, 3))).isEqualTo(-1);
        try (GgufFile file = GgufFile.open(once)) {
            GgufTensor embedding = file.tensor("token_embd.weight").orElseThrow();
            byte[] bytes = file.data(embedding).toArray(ValueLayout.JAVA_BYTE);
            List<String> blocks = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += 18) {
                blocks.add(new String(bytes, at + 2, 16, StandardCharsets.ISO_8859_1));
            }
            assertThat(blocks).hasSize(80_014).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void weightsHaveTheDeviationsThatTheirPlaceAsksFor(ElementType type) throws IOException {
        SyntheticModel.Shape shape = new SyntheticModel.Shape("square", 2, 256, 4, 4, 512, 1000, 32);
        try (GgufFile file = GgufFile.open(write(shape, type, 11, 2))) {
            assertMoments(file, "token_embd.weight", 0, 0.5);
            assertMoments(file, "blk.0.attn_q.weight", 0, 1 / 16.0);
            assertMoments(file, "blk.1.attn_output.weight", 0, 1 / 32.0);
            assertMoments(file, "blk.1.ffn_down.weight", 0, 0.5 / Math.sqrt(512));
            assertMoments(file, "output.weight", 0, 3 / 16.0);
            GgufTensor norm = file.tensor("blk.0.ffn_norm.weight").orElseThrow();
            assertThat(norm.type()).isEqualTo(ElementType.F32);
            float[] weights = decoded(file, norm);
            assertThat(ModelRun.deviation(weights)).isBetween(0.04, 0.06);
            for (float weight : weights) {
                assertThat(weight).isBetween(0.8f, 1.2f);
            }
        }
    }

    /** Every number and every code of the blocks of 256 is used, and none that no quantiser would write. */
    @Test
    void blocksOf256UseTheirRanges() throws IOException {
        SyntheticModel.Shape wide = new SyntheticModel.Shape("wide", 1, 256, 4, 4, 256, 2_000, 32);
        for (ElementType type : List.of(ElementType.Q4_K, ElementType.Q6_K)) {
            int numbers = type == ElementType.Q4_K ? 4 : 192;
            int count = type == ElementType.Q4_K ? 12 : 16;
            try (GgufFile file = GgufFile.open(write(wide, type, 3, 1))) {
                GgufTensor embedding = file.tensor("token_embd.weight").orElseThrow();
                assertThat(embedding.type()).isEqualTo(type);
                byte[] bytes = file.data(embedding).toArray(ValueLayout.JAVA_BYTE);
                Set<Integer> seen = new TreeSet<>();
                for (int at = 0; at < bytes.length; at += type.blockBytes()) {
                    for (int i = 0; i < count; i++) {
                        int number = bytes[at + numbers + i];
                        seen.add(type == ElementType.Q6_K ? number : i < 8 ? number & 63 : number & 0xFF);
                    }
                }
                Stream<Integer> expected = type == ElementType.Q6_K
                        ? IntStream.rangeClosed(-128, 127)
                                .filter(n -> n <= -65 || n >= 64)
                                .boxed()
                        : Stream.concat(
                                IntStream.range(32, 64).boxed(),
                                IntStream.range(0, 16).mapToObj(n -> 17 * n));
                assertThat(seen).containsExactlyInAnyOrderElementsOf(new TreeSet<>(expected.toList()));
            }
        }
    }

    @Test
    void narrowMatricesFallBackToBlocksOf32() throws IOException {
        SyntheticModel.Shape mixed = new SyntheticModel.Shape("mixed", 1, 64, 4, 4, 512, 300, 32);
        Path out = folder.resolve("mixed.gguf");
        List<String> fallbacks = SyntheticModel.write(mixed, ElementType.Q6_K, 1, out, LoadProgress.SILENT);
        assertThat(fallbacks)
                .hasSize(8)
                .contains("token_embd.weight", "blk.0.ffn_up.weight")
                .doesNotContain("blk.0.ffn_down.weight");
        try (GgufFile file = GgufFile.open(out)) {
            assertThat(file.tensor("blk.0.ffn_down.weight").orElseThrow().type())
                    .isEqualTo(ElementType.Q6_K);
            assertThat(file.tensor("blk.0.ffn_up.weight").orElseThrow().type()).isEqualTo(ElementType.Q8_0);
            assertThat(ModelRun.deviation(ModelRun.logits(file, 1, 17, 80, 200)))
                    .isBetween(1.0, 6.0);
        }
    }

    @Test
    void progressEndsAtTheTotal() throws IOException {
        List<Long> done = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        Path out = folder.resolve("progress.gguf");
        SyntheticModel.write(TINY, ElementType.F16, 1, out, (now, total) -> {
            done.add(now);
            totals.add(total);
        });
        try (GgufFile file = GgufFile.open(out)) {
            long bytes = file.tensors().stream().mapToLong(GgufTensor::bytes).sum();
            assertThat(totals).containsOnly(bytes);
            assertThat(done).isSorted().doesNotHaveDuplicates().endsWith(bytes);
        }
    }

    @Test
    void theNamedShapesAreThere() {
        assertThat(SyntheticModel.Shape.names()).containsExactly("llama-1.1b", "llama-110m", "llama-15m", "llama-tiny");
        assertThat(SyntheticModel.Shape.named("llama-1.1b"))
                .hasValue(new SyntheticModel.Shape("llama-1.1b", 22, 2048, 32, 4, 5632, 32_000, 2048));
        assertThat(SyntheticModel.Shape.named("llama-70b")).isEmpty();
        for (String name : SyntheticModel.Shape.names()) {
            SyntheticModel.Shape shape = SyntheticModel.Shape.named(name).orElseThrow();
            assertThat(shape.name()).isEqualTo(name);
            assertThat(shape.width() % 32 + shape.feedForward() % 32).as(name).isZero();
        }
    }

    @Test
    void whatCannotBeIsRefused() throws IOException {
        Path out = folder.resolve("out.gguf");
        assertThatThrownBy(() -> SyntheticModel.write(TINY, ElementType.Q5_K, 1, out, LoadProgress.SILENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("type Q5_K cannot be written; supported: F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K");
        SyntheticModel.Shape narrow = new SyntheticModel.Shape("narrow", 1, 64, 4, 4, 80, 300, 32);
        assertThatThrownBy(() -> SyntheticModel.write(narrow, ElementType.Q8_0, 1, out, LoadProgress.SILENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("blk.0.ffn_down.weight")
                .hasMessageContaining("80");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
        assertShapeRefused("width is 63, which 4 heads do not divide", 1, 63, 4, 4, 64, 300, 32);
        assertShapeRefused("width is 12, which 4 heads do not divide", 1, 12, 4, 4, 64, 300, 32);
        assertShapeRefused("kvHeads is 3, which does not divide 4", 1, 64, 4, 3, 64, 300, 32);
        assertShapeRefused("kvHeads is 5, allowed are 1 to 4", 1, 64, 4, 5, 64, 300, 32);
        assertShapeRefused("layers is 0, allowed are 1 to 1024", 0, 64, 4, 4, 64, 300, 32);
        assertShapeRefused("vocabulary is 10", 1, 64, 4, 4, 64, 10, 32);
    }

    private static void assertShapeRefused(
            String message,
            int layers,
            int width,
            int heads,
            int kvHeads,
            int feedForward,
            int vocabulary,
            int context) {
        assertThatThrownBy(() -> new SyntheticModel.Shape(
                        "odd", layers, width, heads, kvHeads, feedForward, vocabulary, context))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    private static void assertMoments(GgufFile file, String name, double mean, double deviation) {
        float[] weights = decoded(file, file.tensor(name).orElseThrow());
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        assertThat(sum / weights.length).as("mean of %s", name).isBetween(mean - deviation / 50, mean + deviation / 50);
        assertThat(ModelRun.deviation(weights))
                .as("deviation of %s", name)
                .isBetween(0.98 * deviation, 1.02 * deviation);
    }

    private static float[] decoded(GgufFile file, GgufTensor tensor) {
        float[] weights = new float[(int) tensor.elements()];
        Encoding.decode(tensor.type(), file.data(tensor), 0, weights, weights.length);
        return weights;
    }

    /** A small shape whose rows are whole blocks of the type. */
    private static SyntheticModel.Shape small(ElementType type) {
        return type.blockSize() <= 32 ? TINY : new SyntheticModel.Shape("small", 2, 256, 4, 2, 512, 512, 64);
    }

    private Path write(SyntheticModel.Shape shape, ElementType type, long seed, int threads) throws IOException {
        Path out = folder.resolve(shape.name() + "-" + type + "-" + seed + "-" + threads + ".gguf");
        SyntheticModel.write(shape, type, seed, out, LoadProgress.SILENT, threads);
        return out;
    }
}
