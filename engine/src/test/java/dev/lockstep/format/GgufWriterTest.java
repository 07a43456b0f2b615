package dev.lockstep.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.Golden;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
    private static final long[] FOUR = {4};

    @TempDir
    Path folder;

    @Test
    void theBytesAreThoseOfTheFormat() throws IOException {
        Path target = folder.resolve("model.gguf");
        new GgufWriter()
                .putString("general.architecture", "llama")
                .putUint32("llama.block_count", 2)
                .putStrings("tokens", "a", "bc")
                .putBool("flag", true)
                .putFloat32("eps", 1e-5f)
                .tensor("a", ElementType.F32, new long[] {2, 1}, MemorySegment.ofArray(new float[] {1, -2}))
                .tensor("b", ElementType.I8, new long[] {3}, MemorySegment.ofArray(new byte[] {7, 8, 9}))
                .write(target);
        byte[] expected = GgufBytes.header(2, 5)
                .key("general.architecture", 8)
                .string("llama")
                .key("llama.block_count", 4)
                .u32(2)
                .arrayKey("tokens", 8, 2)
                .string("a")
                .string("bc")
                .key("flag", 7)
                .u8(1)
                .key("eps", 6)
                .u32(Float.floatToIntBits(1e-5f))
                .tensor("a", 0, 0, 2, 1)
                .tensor("b", 24, 32, 3)
                .pad(32)
                .u32(Float.floatToIntBits(1))
                .u32(Float.floatToIntBits(-2))
                .pad(32)
                .u8(7)
                .u8(8)
                .u8(9)
                .pad(32)
                .bytes();
        assertThat(Files.readAllBytes(target)).isEqualTo(expected);
    }

    @TestFactory
    Stream<DynamicTest> aCopyOfEachGoldenFileIsTheSameFile() throws IOException {
        Path golden = Golden.path("models").getParent();
        List<Path> files;
        try (Stream<Path> all = Files.walk(golden)) {
            files = all.filter(path -> path.toString().endsWith(".gguf"))
                    .sorted()
                    .toList();
        }
        assertThat(files).hasSizeGreaterThan(20);
        return files.stream()
                .map(path -> DynamicTest.dynamicTest(golden.relativize(path).toString(), () -> assertCopies(path)));
    }

    private void assertCopies(Path original) throws IOException {
        Path copy = folder.resolve("copy.gguf");
        try (GgufFile file = GgufFile.open(original)) {
            GgufWriter writer = new GgufWriter().copyMetadata(file.metadata());
            for (GgufTensor tensor : file.tensors()) {
                writer.tensor(tensor.name(), tensor.type(), tensor.dims(), file.data(tensor));
            }
            writer.write(copy);
            for (GgufMetadata.Entry entry : file.metadata().entries()) {
                assertThat(entry.value()).isNotEmpty();
            }
        }
        long length = Files.size(copy);
        long first = Files.mismatch(original, copy);
        // A file without tensors may end where its table ends; ours is padded.
        boolean onlyPadding = first == Files.size(original) && length == GgufTensorTable.alignUp(first, 32);
        assertThat(first == -1 || onlyPadding)
                .as("first difference at byte %d of %d", first, length)
                .isTrue();
    }

    @Test
    void equalInputGivesEqualBytes() throws IOException {
        Path one = folder.resolve("one.gguf");
        Path two = folder.resolve("two.gguf");
        small().write(one);
        small().write(two);
        assertThat(two).hasSameBinaryContentAs(one);
    }

    @Test
    void aWriterMayWriteTwiceAndReplacesTheOldFile() throws IOException {
        Path target = Files.writeString(folder.resolve("model.gguf"), "an older file");
        GgufWriter writer = small();
        writer.write(target);
        byte[] first = Files.readAllBytes(target);
        writer.write(target);
        assertThat(Files.readAllBytes(target)).isEqualTo(first);
        assertOnly(target);
    }

    @Test
    void theAlignmentFollowsTheMetadata() throws IOException {
        Path target = folder.resolve("model.gguf");
        small().putUint32("general.alignment", 4096).write(target);
        try (GgufFile file = GgufFile.open(target)) {
            assertThat(file.alignment()).isEqualTo(4096);
            assertThat(file.size()).isEqualTo(3 * 4096);
            assertThat(file.tensors()).extracting(GgufTensor::offset).containsExactly(4096L, 8192L);
        }
    }

    @Test
    void dataMayComeInPiecesOfAnySize() throws IOException {
        byte[] data = new byte[3_000_000];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 31 >> 3);
        }
        Path target = folder.resolve("model.gguf");
        new GgufWriter()
                .tensor("t", ElementType.I8, new long[] {data.length}, sink -> {
                    MemorySegment all = MemorySegment.ofArray(data);
                    long done = 0;
                    for (long piece = 1; done < data.length; piece = piece * 3 + 1) {
                        long length = Math.min(piece, data.length - done);
                        sink.write(all.asSlice(done, length));
                        done += length;
                    }
                })
                .write(target);
        try (GgufFile file = GgufFile.open(target)) {
            assertThat(file.data(file.tensors().getFirst()).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(data);
        }
    }

    @Test
    void copiedMetadataKeepsBrokenTextAndLeavesOutWhatIsExcepted() throws IOException {
        GgufFile source = GgufBytes.header(0, 3)
                .key("broken", 8)
                .u64(2)
                .hex("ff41")
                .key("left", 4)
                .u32(1)
                .arrayKey("nested", 9, 1)
                .u32(4)
                .u64(1)
                .u32(6)
                .open();
        Path target = folder.resolve("model.gguf");
        new GgufWriter()
                .copyMetadata(source.metadata(), "left", "never there")
                .putUint32("left", 2)
                .write(target);
        byte[] expected = GgufBytes.header(0, 3)
                .key("broken", 8)
                .u64(2)
                .hex("ff41")
                .arrayKey("nested", 9, 1)
                .u32(4)
                .u64(1)
                .u32(6)
                .key("left", 4)
                .u32(2)
                .pad(32)
                .bytes();
        assertThat(Files.readAllBytes(target)).isEqualTo(expected);
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path target = Files.writeString(folder.resolve("model.gguf"), "an older file");
        GgufWriter failing = small().tensor("bad", ElementType.F32, FOUR, sink -> {
            throw new IOException("no space left");
        });
        assertThatThrownBy(() -> failing.write(target))
                .isInstanceOf(IOException.class)
                .hasMessage("no space left");
        GgufWriter tooLittle =
                small().tensor("bad", ElementType.F32, FOUR, sink -> sink.write(MemorySegment.ofArray(new byte[15])));
        assertThatThrownBy(() -> tooLittle.write(target))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("tensor \"bad\" got 15 bytes, its shape takes 16");
        GgufWriter tooMuch = small().tensor("bad", ElementType.F32, FOUR, sink -> {
            sink.write(MemorySegment.ofArray(new byte[16]));
            sink.write(MemorySegment.ofArray(new byte[1]));
        });
        assertThatThrownBy(() -> tooMuch.write(target))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("tensor \"bad\" got more than the 16 bytes that its shape takes");
        assertThat(target).hasContent("an older file");
        assertOnly(target);
    }

    @Test
    void aTargetThatCannotBeIsRefused() {
        assertThatThrownBy(() -> small().write(folder))
                .isInstanceOf(IOException.class)
                .hasMessage(folder + ": this is a directory, a file is to be written");
        Path lost = folder.resolve("absent").resolve("model.gguf");
        assertThatThrownBy(() -> small().write(lost))
                .isInstanceOf(IOException.class)
                .hasMessage(lost + ": the folder " + lost.getParent() + " does not exist");
    }

    @Test
    void whatNoReaderWouldTakeIsRefused() {
        GgufWriter writer = small();
        assertRefused(() -> writer.putBool("flag", true), "key \"flag\" is already there");
        assertRefused(
                () -> writer.putString("k".repeat(65536), "v"),
                "key \"" + "k".repeat(63) + "…\" is 65536 bytes long, the limit is 65535");
        assertRefused(() -> writer.putBool("\ud800", true), "key \"\\uD800\" has an unpaired surrogate");
        assertRefused(
                () -> writer.putStrings("k", "ok", "\udc00"),
                "value of key \"k\" \"\\uDC00\" has an unpaired surrogate");
        assertRefused(() -> writer.putUint32("k", -1), "key \"k\" is -1, which does not fit in uint32");
        assertRefused(
                () -> writer.putInteger("k", GgufType.UINT64, -1), "key \"k\" is -1, which does not fit in uint64");
        assertRefused(
                () -> writer.putIntegers("k", GgufType.INT8, 1, 128), "key \"k\" is 128, which does not fit in int8");
        assertRefused(() -> writer.putInteger("k", GgufType.BOOL, 1), "bool is not an integer type");
        assertRefused(() -> writer.putIntegers("k", GgufType.STRING), "string is not an integer type");
        assertRefused(
                () -> writer.putUint32("general.alignment", 24),
                "key \"general.alignment\" is uint32 24, must be uint32 and a power of two from 8 to 1048576");
        assertRefused(
                () -> writer.putInteger("general.alignment", GgufType.INT32, 32),
                "key \"general.alignment\" is int32 32, must be uint32 and a power of two from 8 to 1048576");
        assertRefused(() -> tensor(writer, "a", ElementType.F32, 4), "tensor \"a\" is already there");
        assertRefused(
                () -> tensor(writer, "n".repeat(257), ElementType.F32, 4),
                "tensor name \"" + "n".repeat(63) + "…\" is 257 bytes long, the limit is 256");
        assertRefused(() -> tensor(writer, "t", ElementType.F32), "tensor \"t\" has 0 dimensions, must have 1 to 4");
        assertRefused(
                () -> tensor(writer, "t", ElementType.Q6_K, 255),
                "tensor \"t\" has rows of 255 elements, Q6_K needs a multiple of 256");
        assertRefused(
                () -> writer.tensor("t", ElementType.F32, FOUR, MemorySegment.ofArray(new byte[12])),
                "tensor \"t\" has 12 bytes of data, its shape takes 16");
    }

    private static void tensor(GgufWriter writer, String name, ElementType type, long... dims) {
        writer.tensor(name, type, dims, sink -> {});
    }

    private static GgufWriter small() {
        return new GgufWriter()
                .putBool("flag", false)
                .tensor("a", ElementType.F32, FOUR, MemorySegment.ofArray(new float[] {1, 2, 3, 4}))
                .tensor("b", ElementType.I8, FOUR, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));
    }

    private void assertOnly(Path target) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            assertThat(all).containsExactly(target);
        }
    }

    private static void assertRefused(ThrowingCallable call, String sentence) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(sentence);
    }
}
