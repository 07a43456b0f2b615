package dev.lockstep.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way in which a file's bytes can be wrong, and the one sentence that says so. */
class GgufRefusalTest {
    private static final int F32 = 0;
    private static final int Q4_0 = 2;
    private static final int Q4_K = 12;
    private static final int Q6_K = 14;
    private static final int F64 = 28;
    private static final int UINT32 = 4;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int FLOAT64 = 12;

    @ParameterizedTest(name = "{0}")
    @MethodSource({"headers", "metadata", "alignments", "tensors", "placements"})
    void isRefusedWithOneSentence(String sentence, GgufBytes file) {
        assertThatThrownBy(file::open)
                .isExactlyInstanceOf(UnusableModelException.class)
                .hasMessage("test.gguf: " + sentence);
    }

    static Stream<Arguments> headers() {
        return Stream.of(
                arguments("the file is empty", new GgufBytes()),
                arguments("the file ends at byte 3, inside the magic bytes", new GgufBytes().text("GGU")),
                arguments(
                        "the magic bytes are 67676d6c, a GGUF file starts with 47475546",
                        new GgufBytes().text("ggml").zeros(40)),
                arguments(
                        "the magic bytes are \"FUGG\": big-endian files cannot be read",
                        new GgufBytes().text("FUGG").zeros(40)),
                arguments("the file ends at byte 6, inside the version", new GgufBytes().text("GGUF\3\0")),
                arguments(
                        "the file has GGUF version 1, only versions 2 and 3 can be read",
                        new GgufBytes().text("GGUF").u32(1).zeros(16)),
                arguments(
                        "the file has GGUF version 4, only versions 2 and 3 can be read",
                        new GgufBytes().text("GGUF").u32(4).zeros(16)),
                arguments(
                        "the file has GGUF version 0, only versions 2 and 3 can be read",
                        new GgufBytes().text("GGUF").u32(0).zeros(16)),
                arguments(
                        "the file has GGUF version 4294967295, only versions 2 and 3 can be read",
                        new GgufBytes().text("GGUF").u32(-1).zeros(16)),
                arguments(
                        "this is a big-endian file of version 3, only little-endian ones can be read",
                        new GgufBytes().text("GGUF").hex("00000003").zeros(16)),
                arguments(
                        "the file ends at byte 12, inside the header",
                        new GgufBytes().text("GGUF").u32(3).u32(0)),
                arguments(
                        "the header announces 18446744073709551615 tensors, the limit is 262144",
                        GgufBytes.header(-1, 0)),
                arguments("the header announces 262145 tensors, the limit is 262144", GgufBytes.header(262145, 0)),
                arguments(
                        "the header announces 2 tensors, too many for the 63 bytes that follow",
                        GgufBytes.header(2, 0).zeros(55)),
                arguments("the header announces 65537 keys, the limit is 65536", GgufBytes.header(0, 65537)),
                arguments(
                        "the header announces 3 keys, too many for the 38 bytes that follow",
                        GgufBytes.header(0, 3).zeros(38)));
    }

    static Stream<Arguments> metadata() {
        return Stream.of(
                arguments(
                        "a key is 65536 bytes long, the limit is 65535",
                        GgufBytes.header(0, 1).u64(65536).zeros(70000)),
                arguments(
                        "a key is 9223372036854775808 bytes long, the limit is 65535",
                        GgufBytes.header(0, 1).u64(Long.MIN_VALUE).zeros(20)),
                arguments(
                        "a key is 100 bytes long, the file has only 20 bytes left",
                        GgufBytes.header(0, 1).u64(100).zeros(20)),
                arguments(
                        "a key \"a\uFFFD(\" is not valid UTF-8",
                        GgufBytes.header(0, 1)
                                .u64(3)
                                .hex("61c328")
                                .u32(BOOL)
                                .u8(1)
                                .zeros(9)),
                arguments(
                        "a key \"\uFFFD\" is not valid UTF-8",
                        GgufBytes.header(0, 1).u64(3).hex("eda080").u32(BOOL).u8(1)),
                arguments(
                        "the file ends at byte 47, inside the value type of \"long.key.name\"",
                        GgufBytes.header(0, 1).key("long.key.name", UINT32).cut(47)),
                arguments("the value type of \"k\" is 13, known are 0 to 12", oneKey("k", 13, v -> v.u64(0))),
                arguments("the value type of \"k\" is 4294967295, known are 0 to 12", oneKey("k", -1, v -> v.u64(0))),
                arguments("the file ends at byte 41, inside the value of \"k\"", oneKey("k", FLOAT64, v -> v.u32(0))),
                arguments("key \"k\" has a bool of 2, must be 0 or 1", oneKey("k", BOOL, v -> v.u8(2))),
                arguments("key \"k\" has a bool of 255, must be 0 or 1", boolArray(1, 0, 255)),
                arguments(
                        "a string of \"k\" is 67108865 bytes long, the limit is 67108864",
                        oneKey("k", STRING, v -> v.u64(67108865))),
                arguments(
                        "a string of \"k\" is 18446744073709551615 bytes long, the limit is 67108864",
                        oneKey("k", STRING, v -> v.u64(-1))),
                arguments(
                        "a string of \"k\" is 5 bytes long, the file has only 4 bytes left",
                        oneKey("k", STRING, v -> v.u64(5).text("four"))),
                arguments(
                        "a string of \"k\" is 9 bytes long, the file has only 8 bytes left",
                        array(STRING, 2, v -> v.string("").u64(9).text("12345678"))),
                arguments("the element type of \"k\" is 99, known are 0 to 12", array(99, 0, v -> {})),
                arguments(
                        "key \"k\" has an array of 18446744073709551615 elements, the limit is 16777216",
                        array(UINT32, -1, v -> v.u64(0))),
                arguments(
                        "key \"k\" has an array of 3 uint32 elements, too many for the 11 bytes that follow",
                        array(UINT32, 3, v -> v.zeros(11))),
                arguments(
                        "key \"k\" has an array of 2 string elements, too many for the 15 bytes that follow",
                        array(STRING, 2, v -> v.zeros(15))),
                arguments(
                        "key \"k\" nests arrays deeper than the limit of 4",
                        array(
                                ARRAY,
                                1,
                                v -> v.u32(ARRAY)
                                        .u64(1)
                                        .u32(ARRAY)
                                        .u64(1)
                                        .u32(ARRAY)
                                        .u64(1)
                                        .u32(0)
                                        .u64(0))),
                arguments(
                        "key \"twice\" appears twice",
                        GgufBytes.header(0, 2)
                                .key("twice", BOOL)
                                .u8(1)
                                .key("twice", UINT32)
                                .u32(1)),
                arguments(
                        "key \"\\u001B]0;owned\\u0007\" has a bool of 9, must be 0 or 1",
                        oneKey("\u001b]0;owned\u0007", BOOL, v -> v.u8(9))),
                arguments(
                        "key \"" + "y".repeat(63) + "…\" has a bool of 9, must be 0 or 1",
                        oneKey("y".repeat(500), BOOL, v -> v.u8(9))));
    }

    static Stream<Arguments> alignments() {
        String key = "general.alignment";
        String rule = ", must be a power of two from 8 to 1048576";
        return Stream.of(
                arguments("key \"" + key + "\" is of type uint64, must be uint32", oneKey(key, 10, v -> v.u64(32))),
                arguments(
                        "key \"" + key + "\" is of type uint32[1], must be uint32",
                        oneKey(key, ARRAY, v -> v.u32(UINT32).u64(1).u32(32))),
                arguments("key \"" + key + "\" is 0" + rule, oneKey(key, UINT32, v -> v.u32(0))),
                arguments("key \"" + key + "\" is 4" + rule, oneKey(key, UINT32, v -> v.u32(4))),
                arguments("key \"" + key + "\" is 48" + rule, oneKey(key, UINT32, v -> v.u32(48))),
                arguments("key \"" + key + "\" is 2097152" + rule, oneKey(key, UINT32, v -> v.u32(1 << 21))),
                arguments("key \"" + key + "\" is 2147483648" + rule, oneKey(key, UINT32, v -> v.u32(1L << 31))));
    }

    static Stream<Arguments> tensors() {
        return Stream.of(
                arguments("a tensor name is 257 bytes long, the limit is 256", oneTensor("n".repeat(257), F32, 0, 4)),
                arguments(
                        "a tensor name \"\uFFFD\" is not valid UTF-8",
                        GgufBytes.header(1, 0)
                                .u64(1)
                                .hex("ff")
                                .u32(1)
                                .u64(4)
                                .u32(F32)
                                .u64(0)),
                arguments("tensor \"t\" has 0 dimensions, must have 1 to 4", oneTensor("t", F32, 0)),
                arguments("tensor \"t\" has 5 dimensions, must have 1 to 4", oneTensor("t", F32, 0, 1, 1, 1, 1, 1)),
                arguments(
                        "tensor \"t\" has 4294967295 dimensions, must have 1 to 4",
                        GgufBytes.header(1, 0).string("t").u32(-1).zeros(64)),
                arguments(
                        "tensor \"t\" has shape [4 x 0], each size must be 1 to 9223372036854775807",
                        oneTensor("t", F32, 0, 4, 0)),
                arguments(
                        "tensor \"t\" has shape [18446744073709551615], each size must be 1 to 9223372036854775807",
                        oneTensor("t", F32, 0, -1)),
                arguments(
                        "tensor \"t\" has F32 shape [4294967296 x 2147483648], "
                                + "the limit is 9223372036854775807 bytes",
                        oneTensor("t", F32, 0, 1L << 32, 1L << 31)),
                arguments(
                        "tensor \"t\" has F64 shape [1152921504606846976], the limit is 9223372036854775807 bytes",
                        oneTensor("t", F64, 0, 1L << 60)),
                arguments(
                        "tensor \"t\" has rows of 48 elements, Q4_0 needs a multiple of 32",
                        oneTensor("t", Q4_0, 0, 48, 2)),
                arguments(
                        "tensor \"t\" has rows of 288 elements, Q4_K needs a multiple of 256",
                        oneTensor("t", Q4_K, 0, 288, 2)),
                arguments(
                        "tensor \"t\" has rows of 128 elements, Q6_K needs a multiple of 256",
                        oneTensor("t", Q6_K, 0, 128, 2)),
                arguments("tensor \"t\" has element type 4, which is not known", oneTensor("t", 4, 0, 32)),
                arguments("tensor \"t\" has element type 4294967295, which is not known", oneTensor("t", -1, 0, 32)),
                arguments(
                        "the file ends at byte 70, inside the offset of \"tensor\"",
                        GgufBytes.header(1, 1)
                                .key("k", BOOL)
                                .u8(0)
                                .tensor("tensor", F32, 0, 4)
                                .cut(70)),
                arguments(
                        "tensor \"twice\" appears twice",
                        GgufBytes.header(2, 0)
                                .tensor("twice", F32, 0, 4)
                                .tensor("twice", F32, 32, 4)
                                .pad(32)
                                .zeros(64)));
    }

    static Stream<Arguments> placements() {
        return Stream.of(
                arguments(
                        "tensor \"t\" has offset 16, must be a multiple of the alignment 32",
                        oneTensor("t", F32, 16, 4)),
                arguments(
                        "tensor \"t\" has offset 9223372036854775808, the limit is 9223372036854775807",
                        oneTensor("t", F32, Long.MIN_VALUE, 4)),
                arguments(
                        "tensor \"t\" has 132 bytes at offset 0 of the data, which is 128 bytes long; "
                                + "the file may be cut short",
                        oneTensor("t", F32, 0, 33)),
                arguments(
                        "tensor \"t\" has 16 bytes at offset 128 of the data, which is 128 bytes long; "
                                + "the file may be cut short",
                        oneTensor("t", F32, 128, 4)),
                arguments(
                        "tensor \"t\" has 4 bytes at offset 9223372036854775776 of the data, which is 128 bytes long; "
                                + "the file may be cut short",
                        oneTensor("t", F32, Long.MAX_VALUE & -32, 1)),
                arguments(
                        "tensor \"t\" has 4 bytes at offset 0 of the data, which is 0 bytes long; "
                                + "the file may be cut short",
                        GgufBytes.header(1, 0).tensor("t", F32, 0, 1)),
                arguments(
                        "tensors \"a\" and \"b\" overlap at byte 128",
                        GgufBytes.header(2, 0)
                                .tensor("b", F32, 32, 4)
                                .tensor("a", F32, 0, 9)
                                .pad(32)
                                .zeros(64)));
    }

    /** The sentence stays one short line whatever the names in it are. */
    @ParameterizedTest
    @MethodSource({"headers", "metadata", "alignments", "tensors", "placements"})
    void theSentenceIsShort(String sentence, GgufBytes file) {
        assertThat(sentence).hasSizeLessThan(250).doesNotContain("\n");
        assertThat(file.bytes().length).isLessThan(100_000);
    }

    private static GgufBytes oneKey(String key, int type, Consumer<GgufBytes> value) {
        GgufBytes file = GgufBytes.header(0, 1).key(key, type);
        value.accept(file);
        return file;
    }

    private static GgufBytes array(int elementType, long count, Consumer<GgufBytes> elements) {
        return oneKey("k", ARRAY, v -> elements.accept(v.u32(elementType).u64(count)));
    }

    private static GgufBytes boolArray(int... values) {
        return array(BOOL, values.length, v -> {
            for (int value : values) {
                v.u8(value);
            }
        });
    }

    private static GgufBytes oneTensor(String name, int type, long offset, long... dims) {
        return GgufBytes.header(1, 0).tensor(name, type, offset, dims).pad(32).zeros(128);
    }
}
