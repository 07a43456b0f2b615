package dev.lockstep.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GgufMetadataTest {
    private final GgufMetadata metadata = new GgufMetadataBuilder()
            .putString("string", "Grüße 語")
            .putBool("true", true)
            .putBool("false", false)
            .putFloat32("float32", 1.5f)
            .putFloat64("float64", -0.1)
            .putInteger("uint8", GgufType.UINT8, 255)
            .putInteger("int8", GgufType.INT8, -128)
            .putInteger("uint16", GgufType.UINT16, 65535)
            .putInteger("int16", GgufType.INT16, -32768)
            .putUint32("uint32", 4294967295L)
            .putInteger("int32", GgufType.INT32, Integer.MIN_VALUE)
            .putInteger("uint64", GgufType.UINT64, Long.MAX_VALUE)
            .putInteger("int64", GgufType.INT64, Long.MIN_VALUE)
            .putStrings("strings", "a", "", "ö")
            .putFloat32s("floats", 1f, -2.5f, Float.NaN)
            .putFloat64s("doubles", 0.1, 1e300)
            .putInt32s("ints", 1, -2, 3)
            .putBools("bools", true, false, true)
            .putIntegers("uint8s", GgufType.UINT8, 0, 128, 255)
            .putIntegers("int64s", GgufType.INT64, -5, 5)
            .putIntegers("wide", GgufType.UINT32, 0, 1L << 31)
            .build("built");

    @Test
    void keysKeepTheirOrder() {
        assertThat(metadata.keys()).startsWith("string", "true", "false").endsWith("int64s", "wide");
        assertThat(metadata.contains("uint8")).isTrue();
        assertThat(metadata.contains("uint9")).isFalse();
        assertThat(metadata.type("int16")).contains(GgufType.INT16);
        assertThat(metadata.type("floats")).contains(GgufType.ARRAY);
        assertThat(metadata.type("absent")).isEmpty();
    }

    @Test
    void absentKeysAreEmpty() throws UnusableModelException {
        assertThat(metadata.string("x")).isEmpty();
        assertThat(metadata.integer("x")).isEmpty();
        assertThat(metadata.number("x")).isEmpty();
        assertThat(metadata.bool("x")).isEmpty();
        assertThat(metadata.strings("x")).isEmpty();
        assertThat(metadata.floats("x")).isEmpty();
        assertThat(metadata.integers("x")).isEmpty();
        assertThat(metadata.bools("x")).isEmpty();
        assertThat(metadata.length("x")).isEmpty();
    }

    @Test
    void scalarsDecodeAtTheEndsOfTheirRanges() throws UnusableModelException {
        assertThat(metadata.string("string")).contains("Grüße 語");
        assertThat(metadata.bool("true")).contains(true);
        assertThat(metadata.bool("false")).contains(false);
        assertThat(metadata.integer("uint8")).hasValue(255);
        assertThat(metadata.integer("int8")).hasValue(-128);
        assertThat(metadata.integer("uint16")).hasValue(65535);
        assertThat(metadata.integer("int16")).hasValue(-32768);
        assertThat(metadata.integer("uint32")).hasValue(4294967295L);
        assertThat(metadata.integer("int32")).hasValue(Integer.MIN_VALUE);
        assertThat(metadata.integer("uint64")).hasValue(Long.MAX_VALUE);
        assertThat(metadata.integer("int64")).hasValue(Long.MIN_VALUE);
        assertThat(metadata.number("float32")).hasValue(1.5);
        assertThat(metadata.number("float64")).hasValue(-0.1);
        assertThat(metadata.number("uint32")).hasValue(4294967295.0);
        assertThat(metadata.number("int64")).hasValue(-0x1p63);
    }

    @Test
    void arraysDecode() throws UnusableModelException {
        assertThat(metadata.strings("strings").orElseThrow()).containsExactly("a", "", "ö");
        assertThat(metadata.floats("floats").orElseThrow()).containsExactly(1f, -2.5f, Float.NaN);
        assertThat(metadata.floats("doubles").orElseThrow()).containsExactly(0.1f, Float.POSITIVE_INFINITY);
        assertThat(metadata.integers("ints").orElseThrow()).containsExactly(1, -2, 3);
        assertThat(metadata.integers("uint8s").orElseThrow()).containsExactly(0, 128, 255);
        assertThat(metadata.integers("int64s").orElseThrow()).containsExactly(-5, 5);
        assertThat(metadata.bools("bools").orElseThrow()).containsExactly(true, false, true);
        assertThat(metadata.length("strings")).hasValue(3);
    }

    @Test
    void aValueOfAnotherTypeIsRefusedWithBothTypes() {
        assertRefused(() -> metadata.string("uint8"), "key \"uint8\" is of type uint8, must be a string");
        assertRefused(() -> metadata.integer("float32"), "key \"float32\" is of type float32, must be an integer");
        assertRefused(() -> metadata.integer("true"), "key \"true\" is of type bool, must be an integer");
        assertRefused(() -> metadata.number("string"), "key \"string\" is of type string, must be a number");
        assertRefused(() -> metadata.bool("uint8"), "key \"uint8\" is of type uint8, must be a bool");
        assertRefused(
                () -> metadata.strings("string"), "key \"string\" is of type string, must be an array of strings");
        assertRefused(
                () -> metadata.floats("ints"),
                "key \"ints\" is of type int32[3], must be an array of float32 or float64");
        assertRefused(
                () -> metadata.integers("floats"),
                "key \"floats\" is of type float32[3], must be an array of integers");
        assertRefused(() -> metadata.integers("int32"), "key \"int32\" is of type int32, must be an array of integers");
        assertRefused(() -> metadata.bools("ints"), "key \"ints\" is of type int32[3], must be an array of bools");
        assertRefused(() -> metadata.length("string"), "key \"string\" is of type string, must be an array");
    }

    @Test
    void integersThatDoNotFitAreRefused() throws UnusableModelException {
        assertRefused(
                () -> metadata.integers("wide"),
                "key \"wide\" has 2147483648 as element 1, the limits are -2147483648 and 2147483647");
        GgufMetadata huge = GgufBytes.header(0, 2)
                .key("huge", 10)
                .u64(-1)
                .arrayKey("huges", 10, 1)
                .u64(-1)
                .open()
                .metadata();
        assertThatThrownBy(() -> huge.integer("huge"))
                .hasMessage("test.gguf: key \"huge\" is 18446744073709551615, the limit is 9223372036854775807");
        assertThatThrownBy(() -> huge.integers("huges"))
                .hasMessage("test.gguf: key \"huges\" has 18446744073709551615 as element 0, "
                        + "the limits are -2147483648 and 2147483647");
        assertThat(huge.number("huge")).hasValue(0x1p64);
    }

    @Test
    void unsignedIntegersRoundToDoubleOnce() throws UnusableModelException {
        // Halfway between two doubles: to even is down, and one more is up.
        assertThat(unsigned(0x8000_0000_0000_0400L)).isEqualTo(0x1p63);
        assertThat(unsigned(0x8000_0000_0000_0401L)).isEqualTo(0x1.0000000000001p63);
        assertThat(unsigned(0x8000_0000_0000_0C00L)).isEqualTo(0x1.0000000000002p63);
    }

    private static double unsigned(long bits) throws UnusableModelException {
        GgufMetadata metadata =
                GgufBytes.header(0, 1).key("k", 10).u64(bits).open().metadata();
        return metadata.number("k").orElseThrow();
    }

    @Test
    void brokenUtf8InValuesDecodesToTheReplacementCharacter() throws UnusableModelException {
        GgufMetadata broken = GgufBytes.header(0, 2)
                .key("s", 8)
                .u64(3)
                .hex("41ff42")
                .arrayKey("a", 8, 2)
                .u64(1)
                .hex("c3")
                .string("ok")
                .open()
                .metadata();
        assertThat(broken.string("s")).contains("A\uFFFDB");
        assertThat(broken.strings("a").orElseThrow()).containsExactly("\uFFFD", "ok");
    }

    @Test
    void entriesShowEveryTypeInOneLine() {
        assertThat(metadata.entries())
                .extracting(GgufMetadata.Entry::key, GgufMetadata.Entry::type, GgufMetadata.Entry::value)
                .contains(
                        tuple("string", "string", "\"Grüße 語\""),
                        tuple("true", "bool", "true"),
                        tuple("float32", "float32", "1.5"),
                        tuple("float64", "float64", "-0.1"),
                        tuple("uint32", "uint32", "4294967295"),
                        tuple("int64", "int64", "-9223372036854775808"),
                        tuple("strings", "string[3]", "[\"a\", \"\", \"ö\"]"),
                        tuple("floats", "float32[3]", "[1.0, -2.5, NaN]"),
                        tuple("bools", "bool[3]", "[true, false, true]"),
                        tuple("uint8s", "uint8[3]", "[0, 128, 255]"));
        assertThat(metadata.entries()).hasSameSizeAs(metadata.keys());
    }

    @Test
    void entriesAreShortAndPrintable() {
        GgufMetadata hostile = new GgufMetadataBuilder()
                .putString("k\u001b[31m" + "k".repeat(500), "\u001b]0;owned\u0007" + "v".repeat(100_000))
                .putString("cut inside a character", "語".repeat(1000))
                .putStrings("many", "x\n".repeat(30).split("(?<=\n)"))
                .putInt32s("ints", new int[1000])
                .putStrings("none")
                .build("built");
        assertThat(hostile.entries()).allSatisfy(entry -> {
            assertThat(entry.key()).hasSizeLessThanOrEqualTo(64).doesNotContain("\u001b");
            assertThat(entry.value()).hasSizeLessThan(200).doesNotContain("\u001b", "\n", "\u0007", "\uFFFD");
        });
        assertThat(hostile.entries().getFirst().value())
                .startsWith("\"\\u001B]0;owned\\u0007vvv")
                .endsWith("v…\"");
        assertThat(hostile.entries().get(1).value()).isEqualTo("\"" + "語".repeat(79) + "…\"");
        assertThat(hostile.entries().get(2).value())
                .startsWith("[\"x\\u000A\", \"x\\u000A\", ")
                .endsWith(", … 24 more]");
        assertThat(hostile.entries().get(3).value()).isEqualTo("[0, 0, 0, 0, 0, 0, … 994 more]");
        assertThat(hostile.entries().get(4).value()).isEqualTo("[]");
    }

    @Test
    void aBuilderMayGoOnAfterBuilding() {
        GgufMetadataBuilder builder = new GgufMetadataBuilder().putBool("a", true);
        GgufMetadata before = builder.build("built");
        builder.putBool("b", true);
        assertThat(before.keys()).containsExactly("a");
        assertThat(builder.build("built").keys()).containsExactly("a", "b");
    }

    private static void assertRefused(ThrowingCallable call, String sentence) {
        assertThatThrownBy(call)
                .isExactlyInstanceOf(UnusableModelException.class)
                .hasMessage("built: " + sentence);
    }
}
