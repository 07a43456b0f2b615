package dev.lockstep.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
    private static final int F32 = 0;
    private static final int I8 = 24;

    @TempDir
    Path folder;

    @Test
    void aHandMadeFileReadsBackFieldByField() throws IOException {
        Path path = write("model.gguf", smallFile(3).bytes());
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.path()).isEqualTo(path);
            assertThat(file.version()).isEqualTo(3);
            assertThat(file.alignment()).isEqualTo(64);
            assertThat(file.size()).isEqualTo(Files.size(path));
            assertThat(file.metadata().string("general.architecture")).contains("llama");
            assertThat(file.tensors()).extracting(GgufTensor::name).containsExactly("second", "first");

            GgufTensor first = file.tensor("first").orElseThrow();
            assertThat(first.type()).isEqualTo(ElementType.F32);
            assertThat(first.dims()).containsExactly(3, 2);
            assertThat(first.rank()).isEqualTo(2);
            assertThat(first.dim(3)).isEqualTo(1);
            assertThat(first.columns()).isEqualTo(3);
            assertThat(first.rows()).isEqualTo(2);
            assertThat(first.elements()).isEqualTo(6);
            assertThat(first.bytes()).isEqualTo(24);
            assertThat(first.offset()).isEqualTo(192);
            assertThat(file.data(first).toArray(LittleEndian.INT32)).containsExactly(1, 2, 3, 4, 5, 6);
            GgufTensor second = file.tensor("second").orElseThrow();
            assertThat(file.data(second).toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 8, 9);
            assertThat(file.tensor("third")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void versionsTwoAndThreeAreAlike(int version) throws IOException {
        try (GgufFile file = smallFile(version).open()) {
            assertThat(file.version()).isEqualTo(version);
            assertThat(file.tensors()).hasSize(2);
        }
    }

    @Test
    void aFileWithoutTensorsMayEndUnpadded() throws IOException {
        try (GgufFile file = GgufBytes.header(0, 1).key("k", 4).u32(7).open()) {
            assertThat(file.metadata().integer("k")).hasValue(7);
            assertThat(file.alignment()).isEqualTo(32);
            assertThat(file.tensors()).isEmpty();
        }
        try (GgufFile file = GgufBytes.header(0, 0).open()) {
            assertThat(file.metadata().keys()).isEmpty();
        }
    }

    @Test
    void theLastTensorMayEndTheFileUnpaddedAndBytesMayFollow() throws IOException {
        try (GgufFile file =
                GgufBytes.header(1, 0).tensor("t", F32, 0, 1).pad(32).u32(5).open()) {
            assertThat(file.data(file.tensors().getFirst()).get(LittleEndian.INT32, 0))
                    .isEqualTo(5);
        }
        try (GgufFile file = GgufBytes.header(1, 0)
                .tensor("t", F32, 0, 1)
                .pad(32)
                .u32(5)
                .zeros(99)
                .open()) {
            assertThat(file.tensors()).hasSize(1);
        }
    }

    @Test
    void limitsThemselvesAreAccepted() throws IOException {
        GgufBytes bytes = GgufBytes.header(2, 2)
                .key("k".repeat(GgufFile.KEY_BYTES_MAX), 7)
                .u8(1)
                .arrayKey("nested", 9, 1)
                .u32(9)
                .u64(1)
                .u32(9)
                .u64(1)
                .u32(0)
                .u64(2)
                .u8(1)
                .u8(2)
                .tensor("n".repeat(GgufFile.TENSOR_NAME_BYTES_MAX), F32, 0, 1, 1, 1, 1)
                .tensor("", I8, 32, 1)
                .pad(32)
                .zeros(64);
        try (GgufFile file = bytes.open()) {
            assertThat(file.tensors()).hasSize(2);
            assertThat(file.metadata().entries())
                    .extracting(GgufMetadata.Entry::value)
                    .containsExactly("true", "[…]");
        }
    }

    @Test
    void aFileOfMoreThanFourGibibytesIsReadAtBothEnds() throws IOException {
        long big = (1L << 32) + (1L << 20);
        byte[] head = GgufBytes.header(2, 0)
                .tensor("big", I8, 0, 1L << 20, big >> 20)
                .tensor("last", F32, big, 2)
                .pad(32)
                .bytes();
        Path path = write("big.gguf", head);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {11}), head.length);
            channel.write(ByteBuffer.wrap(new byte[] {22, 0, 0, 0, 33, 0, 0, 0}), head.length + big);
        }
        try (GgufFile file = GgufFile.open(path)) {
            MemorySegment data = file.data(file.tensor("big").orElseThrow());
            assertThat(data.byteSize()).isEqualTo(big);
            assertThat(data.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 11);
            assertThat(data.get(ValueLayout.JAVA_BYTE, big - 1)).isZero();
            assertThat(file.data(file.tensor("last").orElseThrow()).toArray(LittleEndian.INT32))
                    .containsExactly(22, 33);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(head.length + big + 7);
        }
        assertThatThrownBy(() -> GgufFile.open(path))
                .isExactlyInstanceOf(UnusableModelException.class)
                .hasMessage("big.gguf: tensor \"last\" has 8 bytes at offset 4296015872 of the data, "
                        + "which is 4296015879 bytes long; the file may be cut short");
    }

    @Test
    void dataIsReadOnlyAndOnlyOfThisFilesTensors() throws IOException {
        try (GgufFile file = GgufFile.open(write("model.gguf", smallFile(3).bytes()))) {
            MemorySegment data = file.data(file.tensors().getFirst());
            assertThatThrownBy(() -> data.set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
                    .isInstanceOf(IllegalArgumentException.class);
            GgufTensor foreign = new GgufTensor("first", ElementType.F32, new long[] {3, 2}, 1L << 40, 24);
            assertThatThrownBy(() -> file.data(foreign))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tensor \"first\" F32 [3 x 2] at byte 1099511627776 is not one of this file");
        }
    }

    @Test
    void afterClosingEveryUseIsRefusedCleanly() throws IOException {
        GgufFile file = GgufFile.open(write("model.gguf", smallFile(3).bytes()));
        GgufTensor tensor = file.tensors().getFirst();
        MemorySegment data = file.data(tensor);
        GgufMetadata metadata = file.metadata();
        file.close();
        file.close();
        assertThatThrownBy(() -> data.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> file.data(tensor).get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> metadata.string("general.architecture")).isInstanceOf(IllegalStateException.class);
        assertThat(metadata.contains("general.architecture")).isTrue();
    }

    @Test
    void aFileMayBeReadFromManyThreads() throws Exception {
        try (GgufFile file = GgufFile.open(write("model.gguf", smallFile(3).bytes()));
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            Callable<Integer> sum = () -> {
                MemorySegment data = file.data(file.tensor("first").orElseThrow());
                assertThat(file.metadata().string("general.architecture")).contains("llama");
                return IntStream.of(data.toArray(LittleEndian.INT32)).sum();
            };
            for (Future<Integer> result :
                    threads.invokeAll(IntStream.range(0, 16).mapToObj(i -> sum).toList())) {
                assertThat(result.get()).isEqualTo(21);
            }
        }
    }

    @Test
    void closingWhileAnotherThreadReadsStopsThatThreadCleanly() throws Exception {
        GgufFile file = GgufFile.open(write("model.gguf", smallFile(3).bytes()));
        MemorySegment data = file.data(file.tensors().getFirst());
        CountDownLatch reading = new CountDownLatch(1);
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<?> endless = thread.submit(() -> {
                while (data.get(ValueLayout.JAVA_BYTE, 0) == 7) {
                    reading.countDown();
                }
            });
            reading.await();
            file.close();
            assertThatThrownBy(endless::get).cause().isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void whatIsNoFileIsRefusedWithOneSentence() throws IOException {
        assertRefused(folder.resolve("absent.gguf"), "absent.gguf: there is no such file");
        assertRefused(folder, folder.getFileName() + ": this is a directory, not a GGUF file");
        assertRefused(write("empty.gguf", new byte[0]), "empty.gguf: the file is empty");
        assertRefused(write("model.gguf", new byte[1]).resolve("inside"), "inside: there is no such file");
        Path loop = folder.resolve("loop.gguf");
        Files.createSymbolicLink(loop, loop);
        assertThatThrownBy(() -> GgufFile.open(loop))
                .isExactlyInstanceOf(UnusableModelException.class)
                .hasMessageStartingWith("loop.gguf: the file cannot be opened: Too many levels");
        assertRefused(Path.of("/dev/null"), "null: this is not a regular file, so it cannot be mapped");
    }

    @Test
    void aRefusalOfTheOperatingSystemBecomesOneSentence() {
        assertThat(GgufFile.cannotOpen("m.gguf", new AccessDeniedException("/x/m.gguf")))
                .hasMessage("m.gguf: the file cannot be read: permission denied");
        assertThat(GgufFile.cannotOpen("m.gguf", new FileSystemException("/x/m.gguf", null, "Input/output error")))
                .hasMessage("m.gguf: the file cannot be opened: Input/output error");
    }

    @Test
    void aHostileFileNameCannotWriteToTheTerminal() throws IOException {
        assertRefused(
                write("\u001b[2Jwiped.gguf", new byte[] {1}),
                "\\u001B[2Jwiped.gguf: the file ends at byte 1, inside the magic bytes");
        assertRefused(
                write("n".repeat(200), new byte[] {1}),
                "n".repeat(79) + "…: the file ends at byte 1, inside the magic bytes");
    }

    @Test
    void tensorsCompareByValue() {
        GgufTensor tensor = new GgufTensor("t", ElementType.Q8_0, new long[] {32, 2}, 0, 68);
        assertThat(tensor).isEqualTo(new GgufTensor("t", ElementType.Q8_0, new long[] {32, 2}, 0, 68));
        assertThat(tensor).hasSameHashCodeAs(new GgufTensor("t", ElementType.Q8_0, new long[] {32, 2}, 0, 68));
        assertThat(tensor).isNotEqualTo(new GgufTensor("t", ElementType.Q8_0, new long[] {64}, 0, 68));
        tensor.dims()[0] = 99;
        assertThat(tensor.dim(0)).isEqualTo(32);
        assertThatThrownBy(() -> new GgufTensor("t", ElementType.Q8_0, new long[] {32, 2}, 0, 67))
                .hasMessage("tensor \"t\" has 67 bytes, its shape takes 68");
        assertThatThrownBy(() -> new GgufTensor("t", ElementType.F32, new long[] {1}, -1, 4))
                .hasMessage("tensor \"t\" has offset -1, must be at least 0");
    }

    /** Two tensors whose order in the table is not that of their data, aligned to 64. */
    private static GgufBytes smallFile(int version) {
        GgufBytes bytes = new GgufBytes()
                .text("GGUF")
                .u32(version)
                .u64(2)
                .u64(2)
                .key("general.architecture", 8)
                .string("llama")
                .key("general.alignment", 4)
                .u32(64)
                .tensor("second", I8, 64, 3)
                .tensor("first", F32, 0, 3, 2)
                .pad(64);
        for (int i = 1; i <= 6; i++) {
            bytes.u32(i);
        }
        return bytes.pad(64).u8(7).u8(8).u8(9).pad(64);
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static void assertRefused(Path path, String sentence) {
        assertThatThrownBy(() -> GgufFile.open(path))
                .isExactlyInstanceOf(UnusableModelException.class)
                .hasMessage(sentence);
    }
}
