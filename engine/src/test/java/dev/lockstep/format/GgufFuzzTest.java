package dev.lockstep.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.lockstep.Golden;
import dev.lockstep.format.GgufFields.Field;
import dev.lockstep.format.GgufFields.Kind;
import dev.lockstep.tensor.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Thousands of damaged files. Each one either opens, and then everything in it can be read, or is refused by one short
 * sentence; and opening it allocates no more than the file's length explains.
 *
 * <p>Every failure starts with the variant's name. {@code "-Dlockstep.fuzz.variant=seed 17"} repeats that one alone.
 */
class GgufFuzzTest {
    private static final long ALLOCATED_BYTES_BASE = 4L << 20;
    private static final long ALLOCATED_BYTES_PER_FILE_BYTE = 16;
    private static final String ONLY = System.getProperty("lockstep.fuzz.variant");
    private static final String NAME = "fuzz.gguf";

    private static final long[] INTERESTING = {
        0,
        1,
        2,
        3,
        7,
        31,
        32,
        33,
        255,
        256,
        65535,
        65536,
        1 << 24,
        (1 << 24) + 1,
        Integer.MAX_VALUE,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        1L << 59,
        1L << 61,
        1L << 62,
        Long.MAX_VALUE - 31,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -32,
        -1
    };

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int variants;
    private int opened;

    @Test
    void damagedCopiesOfASmallFile() throws IOException {
        byte[] original = smallFile();
        everyTruncation(original);
        everyFieldWithEveryInterestingValue(original);
        randomDamage(original, 10_000);
        assertBothOutcomesSeen(15_000);
    }

    @Test
    void damagedCopiesOfARealModel() throws IOException {
        byte[] original = Files.readAllBytes(Golden.path("stories260K/stories260K.gguf"));
        everyFieldWithEveryInterestingValue(original);
        randomDamage(original, 1000);
        assertBothOutcomesSeen(10_000);
    }

    @Test
    void damagedCopiesOfARealVocabulary() throws IOException {
        randomDamage(Files.readAllBytes(Golden.path("tokenizers/llama-spm.gguf")), 300);
        assertBothOutcomesSeen(300);
    }

    @Test
    void theMostAndSmallestKeysAndTensorsStayInTheAllocationBound() throws UnusableModelException {
        GgufBytes keys = GgufBytes.header(0, GgufFile.KEYS_MAX);
        for (int i = 0; i < GgufFile.KEYS_MAX; i++) {
            keys.key(Integer.toString(i, Character.MAX_RADIX), 7).u8(1);
        }
        openInBound(MemorySegment.ofArray(keys.bytes()), "as many keys as may be", Arena.ofAuto());
        GgufBytes tensors = GgufBytes.header(GgufFile.TENSORS_MAX, 1)
                .key("general.alignment", 4)
                .u32(8);
        for (int i = 0; i < GgufFile.TENSORS_MAX; i++) {
            tensors.tensor(Integer.toString(i, Character.MAX_RADIX), 24, 8L * i, 1);
        }
        tensors.pad(8).zeros(8 * GgufFile.TENSORS_MAX);
        openInBound(MemorySegment.ofArray(tensors.bytes()), "as many tensors as may be", Arena.ofAuto());
    }

    private void everyTruncation(byte[] original) {
        for (int length = 0; length <= original.length; length++) {
            check(MemorySegment.ofArray(original).asSlice(0, length), "cut to " + length + " bytes");
        }
    }

    private void everyFieldWithEveryInterestingValue(byte[] original) {
        byte[] bytes = original.clone();
        MemorySegment file = MemorySegment.ofArray(bytes);
        for (Field field : GgufFields.of(original)) {
            for (long value : INTERESTING) {
                set(bytes, field, value);
                check(file, field + " set to " + value);
            }
            System.arraycopy(original, field.at(), bytes, field.at(), field.width());
            check(file.asSlice(0, field.at()), "cut before " + field);
        }
    }

    private void randomDamage(byte[] original, int count) {
        List<Field> fields = GgufFields.of(original);
        for (int seed = 0; seed < count; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = original.clone();
            int length = bytes.length;
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                length = Math.min(length, damage(bytes, fields, random));
            }
            check(MemorySegment.ofArray(bytes).asSlice(0, length), "seed " + seed);
        }
    }

    /** Damages the file in one place and returns the length that it shall be cut to. */
    private static int damage(byte[] bytes, List<Field> fields, SplittableRandom random) {
        Field field = fields.get(random.nextInt(fields.size()));
        int headBytes = fields.getLast().at() + fields.getLast().width();
        switch (random.nextInt(8)) {
            case 0 -> bytes[random.nextInt(headBytes)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            case 2 -> set(bytes, field, INTERESTING[random.nextInt(INTERESTING.length)]);
            case 3 -> set(bytes, field, get(bytes, field) + random.nextInt(-2, 3));
            case 4 -> swap(bytes, any(fields, Kind.LENGTH, random), any(fields, Kind.LENGTH, random));
            case 5 -> set(bytes, any(fields, Kind.VALUE_TYPE, random), random.nextInt(14));
            case 6 -> set(bytes, ofTensors(fields, random), random.nextInt(64));
            default -> {
                return random.nextBoolean() ? field.at() : random.nextInt(bytes.length + 1);
            }
        }
        return bytes.length;
    }

    private static Field any(List<Field> fields, Kind kind, SplittableRandom random) {
        List<Field> those =
                fields.stream().filter(field -> field.kind() == kind).toList();
        return those.get(random.nextInt(those.size()));
    }

    /** A field of the tensor table, or the last key's if the file has no tensors. */
    private static Field ofTensors(List<Field> fields, SplittableRandom random) {
        Kind[] kinds = {Kind.RANK, Kind.DIM, Kind.ELEMENT_TYPE, Kind.OFFSET};
        boolean none = fields.getLast().kind() != Kind.OFFSET;
        return none ? fields.getLast() : any(fields, kinds[random.nextInt(kinds.length)], random);
    }

    private void check(MemorySegment file, String variant) {
        if (ONLY != null && !ONLY.equals(variant)) {
            return;
        }
        variants++;
        try (Arena arena = Arena.ofConfined()) {
            GgufFile content;
            try {
                content = openInBound(file, variant, arena);
            } catch (UnusableModelException refused) {
                checkSentence(refused, variant);
                return;
            }
            opened++;
            checkContent(content, variant);
        } catch (IOException | RuntimeException | Error unexpected) {
            throw new AssertionError(variant + ": " + unexpected, unexpected);
        }
    }

    /** Opens the file and checks what that allocated, whether it succeeds or not. */
    private GgufFile openInBound(MemorySegment file, String variant, Arena arena) throws UnusableModelException {
        long limit = ALLOCATED_BYTES_BASE + ALLOCATED_BYTES_PER_FILE_BYTE * file.byteSize();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            return GgufFile.of(file, NAME, arena);
        } finally {
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            require(allocated <= limit, variant, "opening allocated " + allocated + " bytes, the limit is " + limit);
        }
    }

    private static void checkSentence(UnusableModelException refused, String variant) {
        String sentence = refused.getMessage();
        boolean fine = sentence.startsWith(NAME + ": ")
                && sentence.length() <= UnusableModelException.MESSAGE_LENGTH_MAX
                && sentence.chars().noneMatch(Character::isISOControl);
        require(fine, variant, "the sentence is not fit to be shown: " + sentence);
    }

    private static void require(boolean holds, String variant, String otherwise) {
        if (!holds) {
            throw new AssertionError(variant + ": " + otherwise);
        }
    }

    private void checkContent(GgufFile file, String variant) throws IOException {
        GgufMetadata metadata = file.metadata();
        for (String key : metadata.keys()) {
            checkDecodes(metadata, key, variant);
            // Eight refusals a key are slow, so only some variants try what must be refused.
            if (opened % 16 == 1) {
                checkAccessors(metadata, key, variant);
            }
        }
        require(metadata.entries().size() == metadata.keys().size(), variant, "shows too few keys");
        for (GgufTensor tensor : file.tensors()) {
            MemorySegment data = file.data(tensor);
            data.get(ValueLayout.JAVA_BYTE, 0);
            data.get(ValueLayout.JAVA_BYTE, tensor.bytes() - 1);
            require(tensor.offset() % file.alignment() == 0, variant, "is not aligned: " + tensor);
        }
        if (file.size() < 10_000 && variants % 8 == 0) {
            checkCopy(file, variant);
        }
    }

    /** The accessor of the value's own type answers, or says that an integer does not fit. */
    private static void checkDecodes(GgufMetadata metadata, String key, String variant) {
        GgufValue value = metadata.values().get(key);
        GgufType type = value.elementType() == null ? value.type() : value.elementType();
        boolean array = value.type() == GgufType.ARRAY;
        Accessor accessor = switch (type) {
            case STRING -> array ? metadata::strings : metadata::string;
            case BOOL -> array ? metadata::bools : metadata::bool;
            case FLOAT32, FLOAT64 -> array ? metadata::floats : metadata::number;
            case ARRAY -> metadata::length;
            default -> array ? metadata::integers : metadata::integer;
        };
        try {
            accessor.get(key);
        } catch (UnusableModelException refused) {
            checkSentence(refused, variant);
            require(type.isInteger() && refused.getMessage().contains("the limit"), variant, refused.getMessage());
        }
    }

    private static void checkAccessors(GgufMetadata metadata, String key, String variant) {
        List<Accessor> accessors = List.of(
                metadata::string,
                metadata::integer,
                metadata::number,
                metadata::bool,
                metadata::strings,
                metadata::floats,
                metadata::integers,
                metadata::bools,
                metadata::length);
        for (Accessor accessor : accessors) {
            try {
                accessor.get(key);
            } catch (UnusableModelException refused) {
                checkSentence(refused, variant);
            }
        }
    }

    /** One of the typed accessors. */
    private interface Accessor {
        Object get(String key) throws UnusableModelException;
    }

    /** Whatever the reader takes, the writer takes too, and it comes back the same. */
    private static void checkCopy(GgufFile file, String variant) throws IOException {
        GgufWriter writer = new GgufWriter().copyMetadata(file.metadata());
        for (GgufTensor tensor : file.tensors()) {
            writer.tensor(tensor.name(), tensor.type(), tensor.dims(), file.data(tensor));
        }
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        writer.write(Channels.newChannel(copy));
        try (GgufFile again = GgufFile.of(MemorySegment.ofArray(copy.toByteArray()), NAME, Arena.ofConfined())) {
            require(again.metadata().entries().equals(file.metadata().entries()), variant, "keys differ in a copy");
            require(again.tensors().size() == file.tensors().size(), variant, "tensors differ in a copy");
            for (GgufTensor tensor : file.tensors()) {
                GgufTensor same = again.tensor(tensor.name()).orElseThrow();
                require(again.data(same).mismatch(file.data(tensor)) == -1, variant, "data differ in a copy");
            }
        }
    }

    private void assertBothOutcomesSeen(int variantsLeast) {
        if (ONLY == null) {
            assertThat(variants).isGreaterThanOrEqualTo(variantsLeast);
            assertThat(opened).as("opened of %d", variants).isBetween(variants / 100, variants * 99 / 100);
        }
    }

    /** Every kind of value and several kinds of tensors in about two kilobytes. */
    private static byte[] smallFile() throws IOException {
        GgufMetadata nested = GgufBytes.header(0, 1)
                .arrayKey("nested", 9, 2)
                .u32(8)
                .u64(1)
                .string("inner")
                .u32(7)
                .u64(2)
                .u8(0)
                .u8(1)
                .open()
                .metadata();
        GgufWriter writer = new GgufWriter()
                .putUint32("general.alignment", 32)
                .putString("general.architecture", "llama")
                .putString("text", "Grüße 語 🙂")
                .copyMetadata(nested)
                .putBool("bool", true)
                .putFloat32("float32", 1.5f)
                .putFloat64("float64", 2.5)
                .putStrings("strings", "a", "", "Ġb", "<s>")
                .putFloat32s("floats", 0f, -1f)
                .putFloat64s("doubles", 0.5)
                .putBools("bools", true, false)
                .putStrings("empty");
        for (GgufType type : GgufType.values()) {
            if (type.isInteger()) {
                writer.putInteger(type.toString(), type, 100).putIntegers(type + "s", type, 1, 2, 3);
            }
        }
        List<ElementType> types =
                List.of(ElementType.F32, ElementType.F16, ElementType.Q4_0, ElementType.I8, ElementType.MXFP4);
        for (ElementType type : types) {
            long[] dims = {type.blockSize(), 3};
            byte[] data = new byte[(int) type.bytes(3L * type.blockSize())];
            writer.tensor("blk.0." + type, type, dims, MemorySegment.ofArray(data));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        writer.write(Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    private static long get(byte[] bytes, Field field) {
        long value = 0;
        for (int i = 0; i < field.width(); i++) {
            value |= (bytes[field.at() + i] & 0xFFL) << 8 * i;
        }
        return value;
    }

    private static void set(byte[] bytes, Field field, long value) {
        for (int i = 0; i < field.width(); i++) {
            bytes[field.at() + i] = (byte) (value >>> 8 * i);
        }
    }

    private static void swap(byte[] bytes, Field one, Field two) {
        long first = get(bytes, one);
        set(bytes, one, get(bytes, two));
        set(bytes, two, first);
    }
}
