package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.Golden;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can go wrong while weights are read in the midst of steps. */
@Timeout(60)
class StreamingFailureTest {
    private static final WeightStorage STREAMED = new WeightStorage.Streamed(1);
    private static final int[] TOKENS = {1, 17, 300, 511, 2, 99, 98, 97};

    @TempDir
    Path folder;

    private Path path;

    @BeforeEach
    void copyTheModel() throws IOException {
        path = folder.resolve("copy.gguf");
        Files.copy(Golden.path("models/llama-gqa.gguf"), path);
    }

    private Model load(WeightStorage storage, int threads) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            ModelLimits limits = new ModelLimits(160, 20, ElementType.F16, 160, 160, threads);
            return Model.load(file, limits, KernelTier.AUTO.choose(), storage, LoadProgress.SILENT);
        }
    }

    private static float[][] logits(Model model) {
        return TestModels.logits(model, TOKENS, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aFileThatIsCutShortEndsTheStepAndOnceItIsWholeAgainStepsAreRight(int threads) throws IOException {
        byte[] whole = Files.readAllBytes(path);
        float[][] expected;
        try (Model model = load(STREAMED, threads)) {
            expected = logits(model);
            for (int round = 0; round < 20; round++) {
                try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                    file.truncate(whole.length / 2);
                }
                assertThatThrownBy(() -> logits(model))
                        .isInstanceOf(UncheckedIOException.class)
                        .hasMessageMatching(
                                "copy.gguf: tensor \"\\S+\" cannot be read: the file ends before byte \\d+");
                // Written in place: the model has this very file open.
                Files.write(path, whole, StandardOpenOption.WRITE);
                assertThat(logits(model)).isDeepEqualTo(expected);
            }
        }
    }

    @Test
    void aWeightThatIsNotFiniteIsRefusedWhenTheModelIsLoaded() throws IOException {
        GgufTensor tensor;
        try (GgufFile file = GgufFile.open(path)) {
            tensor = file.tensor("blk.1.ffn_up.weight").orElseThrow();
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            ByteBuffer infinity = ByteBuffer.allocate(4).putInt(0x0000807F).flip();
            file.write(infinity, tensor.offset() + tensor.bytes() - 4);
        }
        for (WeightStorage storage : new WeightStorage[] {WeightStorage.PACKED, STREAMED, WeightStorage.MAPPED}) {
            assertThatThrownBy(() -> load(storage, 2))
                    .as(storage.toString())
                    .isInstanceOf(UnusableModelException.class)
                    .hasMessageContaining("blk.1.ffn_up.weight")
                    .hasMessageEndingWith(" holds a weight that is infinite or not a number");
        }
    }

    @Test
    void aFileThatIsReplacedWhileItIsOpenIsRefused() throws IOException {
        for (WeightStorage storage : new WeightStorage[] {WeightStorage.PACKED, STREAMED, WeightStorage.MAPPED}) {
            try (GgufFile file = GgufFile.open(path)) {
                Path other = folder.resolve("other.gguf");
                Files.copy(path, other);
                Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
                ModelLimits limits = new ModelLimits(160, 20, ElementType.F16, 160, 160, 1);
                assertThatThrownBy(() ->
                                Model.load(file, limits, KernelTier.SCALAR.choose(), storage, LoadProgress.SILENT))
                        .isInstanceOf(UnusableModelException.class)
                        .hasMessage("copy.gguf: the file was changed while it was being opened");
            }
        }
    }

    /** The next layers are on their way when a step is over; so closing meets the reader at any point of its work. */
    @Test
    void closingWhileWeightsAreReadEndsTheReader() throws IOException {
        for (int round = 0; round < 50; round++) {
            try (Model model = load(STREAMED, 1 + round % 2)) {
                if (round % 3 > 0) {
                    TestModels.logits(model, new int[] {round}, 1);
                }
            }
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("lockstep-reader");
    }

    /** A thread that is interrupted, as an engine's is when it closes, neither ends a step nor spoils the file. */
    @Test
    void anInterruptChangesNothing() throws IOException {
        try (Model model = load(STREAMED, 2)) {
            float[][] expected = logits(model);
            Thread.currentThread().interrupt();
            float[][] interrupted = logits(model);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(interrupted).isDeepEqualTo(expected);
        }
    }
}
