package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.Golden;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QuantisationTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "Q8_0", "Q4_0"})
    void theModelIsTheReferenceImplementations(ElementType type) throws IOException {
        Path out = folder.resolve("out.gguf");
        Quantisation.Summary summary = Quantisation.convert(golden(ElementType.F32), out, type, LoadProgress.SILENT);
        assertThat(summary.converted()).isEqualTo(16);
        assertThat(summary.kept()).isEqualTo(5);
        assertThat(summary.unfit()).isEmpty();
        assertThat(summary.bytesBefore()).isEqualTo(Files.size(golden(ElementType.F32)));
        assertThat(summary.bytesAfter()).isEqualTo(Files.size(out)).isLessThan(summary.bytesBefore());
        try (GgufFile ours = GgufFile.open(out);
                GgufFile theirs = GgufFile.open(golden(type))) {
            assertSameTensors(ours, theirs);
            assertThat(ours.metadata().integer("general.file_type"))
                    .isEqualTo(theirs.metadata().integer("general.file_type"));
            assertSameMetadata(ours.metadata(), theirs.metadata());
            assertThat(ours.metadata().contains("general.quantization_version")).isEqualTo(type.isQuantised());
            if (type.isQuantised()) {
                assertThat(ours.metadata().integer("general.quantization_version"))
                        .isEqualTo(theirs.metadata().integer("general.quantization_version"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    void floatsAreTheDecodedWeights(ElementType type) throws IOException {
        Path out = folder.resolve("out.gguf");
        Quantisation.Summary summary = Quantisation.convert(golden(type), out, ElementType.F32, LoadProgress.SILENT);
        assertThat(summary.converted()).isEqualTo(type == ElementType.F32 ? 0 : 16);
        try (GgufFile ours = GgufFile.open(out);
                GgufFile source = GgufFile.open(golden(type))) {
            for (GgufTensor tensor : source.tensors()) {
                GgufTensor converted = ours.tensor(tensor.name()).orElseThrow();
                assertThat(converted.type()).isEqualTo(ElementType.F32);
                assertThat(ours.data(converted).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                        .as(tensor.name())
                        .isEqualTo(decoded(source, tensor));
            }
            assertThat(ours.metadata().integer("general.file_type")).hasValue(0);
            assertThat(ours.metadata().contains("general.quantization_version")).isFalse();
        }
    }

    @Test
    void theModelRuns() throws IOException {
        Path out = folder.resolve("out.gguf");
        for (ElementType type : List.of(ElementType.Q4_0, ElementType.Q4_K, ElementType.Q6_K)) {
            Quantisation.convert(golden(ElementType.Q8_0), out, type, LoadProgress.SILENT);
            try (GgufFile file = GgufFile.open(out)) {
                float[] logits = ModelRun.logits(file, 1, 17, 80, 200);
                assertThat(logits).hasSize(512);
                assertThat(ModelRun.deviation(logits)).isBetween(0.3, 10.0);
            }
        }
    }

    /** As the reference implementation's file of the type, but for the weights, which are searched in another way. */
    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q6_K"})
    void theFileIsTheReferenceImplementations(ElementType type) throws IOException {
        Path out = folder.resolve("out.gguf");
        Quantisation.Summary summary = Quantisation.convert(golden(ElementType.F32), out, type, LoadProgress.SILENT);
        assertThat(summary.converted()).isEqualTo(16);
        assertThat(summary.fallbacks()).isEmpty();
        assertThat(summary.unfit()).isEmpty();
        try (GgufFile ours = GgufFile.open(out);
                GgufFile theirs = GgufFile.open(golden(type))) {
            for (GgufTensor tensor : theirs.tensors()) {
                GgufTensor converted = ours.tensor(tensor.name()).orElseThrow();
                assertThat(converted.type()).as(tensor.name()).isEqualTo(tensor.type());
                assertThat(converted.dims()).as(tensor.name()).isEqualTo(tensor.dims());
            }
            for (String key : List.of("general.file_type", "general.quantization_version")) {
                assertThat(ours.metadata().integer(key))
                        .isEqualTo(theirs.metadata().integer(key));
            }
            assertSameMetadata(ours.metadata(), theirs.metadata());
        }
    }

    /** Rows of whole blocks of 32 but not of 256: floats become Q8_0, what is quantised stays, and the rest too. */
    @Test
    void narrowRowsFallBackToBlocksOf32() throws IOException {
        Path in = folder.resolve("in.gguf");
        new GgufWriter()
                .putString("general.architecture", "test")
                .tensor("fits.weight", ElementType.F32, new long[] {512, 2}, floats(weights(1, 1024)))
                .tensor("narrow.weight", ElementType.F32, new long[] {288, 2}, floats(weights(2, 576)))
                .tensor("odd.weight", ElementType.F32, new long[] {48, 2}, floats(weights(3, 96)))
                .tensor("small.weight", ElementType.Q4_0, new long[] {32, 2}, MemorySegment.ofArray(new byte[36]))
                .write(in);
        Path out = folder.resolve("out.gguf");
        Quantisation.Summary summary = Quantisation.convert(in, out, ElementType.Q4_K, LoadProgress.SILENT);
        assertThat(summary)
                .isEqualTo(new Quantisation.Summary(
                        2,
                        List.of("narrow.weight"),
                        2,
                        List.of("odd.weight", "small.weight"),
                        Files.size(in),
                        Files.size(out)));
        try (GgufFile after = GgufFile.open(out)) {
            assertThat(after.tensors().stream().map(GgufTensor::type))
                    .containsExactly(ElementType.Q4_K, ElementType.Q8_0, ElementType.F32, ElementType.Q4_0);
            byte[] expected = new byte[(int) ElementType.Q8_0.bytes(576)];
            Encoding.encode(ElementType.Q8_0, weights(2, 576), 576, MemorySegment.ofArray(expected), 0);
            assertThat(after.data(after.tensors().get(1)).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(expected);
        }
    }

    /** Three chunks and a rest of a part, of values that differ everywhere; whoever makes them. */
    @Test
    void largeTensorsAreConvertedPartByPart() throws IOException {
        int columns = 1056;
        int rows = 2_100;
        float[] weights = weights(3, columns * rows);
        Path in = folder.resolve("in.gguf");
        new GgufWriter()
                .putString("general.architecture", "test")
                .tensor("first.weight", ElementType.F32, new long[] {64}, floats(weights(4, 64)))
                .tensor("large.weight", ElementType.F32, new long[] {columns, rows / 2, 2}, floats(weights))
                .tensor("last.weight", ElementType.F32, new long[] {32, 3}, floats(weights(5, 96)))
                .write(in);
        byte[] expected = new byte[(int) ElementType.Q4_0.bytes(weights.length)];
        Encoding.encode(ElementType.Q4_0, weights, weights.length, MemorySegment.ofArray(expected), 0);
        Path first = null;
        for (int threads : new int[] {1, 2, 3, 7}) {
            Path out = folder.resolve("out" + threads + ".gguf");
            List<Long> heard = new ArrayList<>();
            Quantisation.convert(
                    in, out, ElementType.Q4_0, (done, total) -> heard.addAll(List.of(done, total)), threads);
            try (GgufFile file = GgufFile.open(out)) {
                GgufTensor large = file.tensor("large.weight").orElseThrow();
                assertThat(large.dims()).containsExactly(columns, rows / 2, 2);
                assertThat(file.data(large).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
            }
            first = first == null ? out : first;
            assertThat(Files.mismatch(first, out)).as("%d threads", threads).isEqualTo(-1);
            long total = 4 * 64 + expected.length + ElementType.Q4_0.bytes(96);
            assertThat(heard).hasSize(2 * 5).endsWith(total, total);
            assertThat(heard.stream().sorted().toList()).startsWith(4L * 64).endsWith(total);
        }
    }

    @Test
    void whatDoesNotFitOrIsAVectorStays() throws IOException {
        Path in = folder.resolve("in.gguf");
        byte[] opaque = new byte[144];
        new Random(9).nextBytes(opaque);
        new GgufWriter()
                .putString("general.architecture", "test")
                .tensor("fits.weight", ElementType.F16, new long[] {64, 3}, MemorySegment.ofArray(new byte[2 * 192]))
                .tensor("narrow.weight", ElementType.F32, new long[] {48, 2}, floats(weights(1, 96)))
                .tensor("norm.weight", ElementType.F32, new long[] {64}, floats(weights(2, 64)))
                .tensor("bias", ElementType.F32, new long[] {64, 1}, floats(weights(3, 64)))
                .tensor("done.weight", ElementType.Q8_0, new long[] {32, 2}, MemorySegment.ofArray(new byte[68]))
                .tensor("row.weight", ElementType.Q4_K, new long[] {256}, MemorySegment.ofArray(opaque))
                .write(in);
        Path out = folder.resolve("out.gguf");
        Quantisation.Summary summary = Quantisation.convert(in, out, ElementType.Q8_0, LoadProgress.SILENT);
        assertThat(summary)
                .isEqualTo(new Quantisation.Summary(
                        1, List.of(), 5, List.of("narrow.weight"), Files.size(in), Files.size(out)));
        try (GgufFile before = GgufFile.open(in);
                GgufFile after = GgufFile.open(out)) {
            assertThat(after.tensors().stream().map(GgufTensor::type))
                    .containsExactly(
                            ElementType.Q8_0,
                            ElementType.F32,
                            ElementType.F32,
                            ElementType.F32,
                            ElementType.Q8_0,
                            ElementType.Q4_K);
            for (GgufTensor tensor : before.tensors().subList(1, 6)) {
                GgufTensor kept = after.tensor(tensor.name()).orElseThrow();
                assertThat(kept.dims()).isEqualTo(tensor.dims());
                assertThat(after.data(kept).mismatch(before.data(tensor))).isEqualTo(-1);
            }
        }
    }

    @Test
    void anUnsupportedTypeIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path in = Golden.path("models/type-q5_k.gguf");
        Path out = folder.resolve("out.gguf");
        assertThatThrownBy(() -> Quantisation.convert(in, out, ElementType.Q8_0, LoadProgress.SILENT))
                .isInstanceOf(UnusableModelException.class)
                .hasMessageMatching("type-q5_k\\.gguf: tensor \"[a-z_0-9.]+\" has type Q5_K, which cannot be converted;"
                        + " supported: F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K");
        assertThat(filesLeft()).isEmpty();
        assertThatThrownBy(() -> Quantisation.convert(in, out, ElementType.Q5_K, LoadProgress.SILENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("type Q5_K cannot be written; supported: F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K");
    }

    /** The first bad weight is reported, though another thread meets the second one earlier in its share. */
    @Test
    void weightsThatTheTypeCannotHoldAreRefused() throws IOException {
        float[] weights = weights(6, 1024 * 1600);
        weights[1_200_003] = 70_000;
        weights[1_450_000] = Float.NaN;
        Path in = folder.resolve("in.gguf");
        new GgufWriter()
                .putString("general.architecture", "test")
                .tensor("large.weight", ElementType.F32, new long[] {1024, 1600}, floats(weights))
                .write(in);
        Path out = folder.resolve("out.gguf");
        Files.writeString(out, "what was there");
        for (int threads = 1; threads <= 3; threads += 2) {
            int count = threads;
            assertThatThrownBy(() -> Quantisation.convert(in, out, ElementType.F16, LoadProgress.SILENT, count))
                    .as("%d threads", threads)
                    .isInstanceOf(UnusableModelException.class)
                    .hasMessage("in.gguf: tensor \"large.weight\" has 70000.0 as element 1200003, the limit of F16 is"
                            + " ±65519.996");
            assertThatThrownBy(() -> Quantisation.convert(in, out, ElementType.Q4_0, LoadProgress.SILENT, count))
                    .hasMessage("in.gguf: tensor \"large.weight\" has NaN as element 1450000, the limit of Q4_0 is"
                            + " ±524159.97");
        }
        assertThat(out).hasContent("what was there");
        assertThat(filesLeft()).containsExactly("in.gguf", "out.gguf");
    }

    @Test
    void theSameFileUnderAnyNameIsRefused() throws IOException {
        Path in = folder.resolve("in.gguf");
        Files.copy(golden(ElementType.F32), in);
        Path link = Files.createSymbolicLink(folder.resolve("link.gguf"), in);
        Path hard = Files.createLink(folder.resolve("hard.gguf"), in);
        for (Path out : List.of(in, link, hard, folder.resolve("../" + folder.getFileName() + "/in.gguf"))) {
            assertThatThrownBy(() -> Quantisation.convert(in, out, ElementType.Q8_0, LoadProgress.SILENT))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(out + ": the model is read from this file, so it cannot be written");
        }
        assertThat(Files.mismatch(in, golden(ElementType.F32))).isEqualTo(-1);
    }

    @Test
    void aMissingFileIsRefused() {
        assertThatThrownBy(() -> Quantisation.convert(
                        folder.resolve("none.gguf"), folder.resolve("out.gguf"), ElementType.F16, LoadProgress.SILENT))
                .isInstanceOf(UnusableModelException.class)
                .hasMessage("none.gguf: there is no such file");
    }

    private static Path golden(ElementType type) {
        return Golden.path("models/type-" + type.name().toLowerCase(Locale.ROOT) + ".gguf");
    }

    private static void assertSameTensors(GgufFile ours, GgufFile theirs) {
        assertThat(ours.tensors().stream().map(GgufTensor::name))
                .isEqualTo(theirs.tensors().stream().map(GgufTensor::name).toList());
        for (GgufTensor tensor : theirs.tensors()) {
            GgufTensor converted = ours.tensor(tensor.name()).orElseThrow();
            assertThat(converted.type()).as(tensor.name()).isEqualTo(tensor.type());
            assertThat(converted.dims()).as(tensor.name()).isEqualTo(tensor.dims());
            assertThat(ours.data(converted).mismatch(theirs.data(tensor)))
                    .as(tensor.name())
                    .isEqualTo(-1);
        }
    }

    private static void assertSameMetadata(GgufMetadata ours, GgufMetadata theirs) {
        assertThat(shown(ours)).isEqualTo(shown(theirs)).hasSizeGreaterThan(10);
    }

    private static List<GgufMetadata.Entry> shown(GgufMetadata metadata) {
        return metadata.entries().stream()
                .filter(entry -> !entry.key().equals("general.file_type"))
                .filter(entry -> !entry.key().equals("general.quantization_version"))
                .toList();
    }

    private static float[] decoded(GgufFile file, GgufTensor tensor) {
        float[] weights = new float[(int) tensor.elements()];
        Encoding.decode(tensor.type(), file.data(tensor), 0, weights, weights.length);
        return weights;
    }

    private List<String> filesLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static MemorySegment floats(float[] weights) {
        return MemorySegment.ofArray(Arrays.copyOf(weights, weights.length));
    }

    private static float[] weights(long seed, int n) {
        Random random = new Random(seed);
        float[] weights = new float[n];
        for (int i = 0; i < n; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return weights;
    }
}
