package dev.lockstep.format;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;

/** Reads and validates the header and the metadata of a GGUF file; see {@link GgufFile} for the layout. */
final class GgufReader {
    /** What a valid file says about itself. */
    record Contents(int version, long alignment, GgufMetadata metadata, List<GgufTensor> tensors) {}

    /** The bytes "GGUF" as a little-endian number. */
    static final int MAGIC = 0x46554747;

    static final int VERSION_MIN = 2;
    static final int VERSION_MAX = 3;

    /** A key's length, its value's type and one byte of value. */
    private static final int KEY_BYTES_LEAST = Long.BYTES + Integer.BYTES + 1;

    private final GgufCursor cursor;
    private final String name;

    private GgufReader(MemorySegment file, String name) {
        this.cursor = new GgufCursor(file, name);
        this.name = name;
    }

    /**
     * Validates the whole file but the tensors' elements.
     *
     * @param file the file's bytes, which the result refers to
     * @param name what messages start with
     */
    static Contents read(MemorySegment file, String name) throws UnusableModelException {
        if (file.byteSize() == 0) {
            throw new UnusableModelException(name + ": the file is empty");
        }
        return new GgufReader(file, name).read();
    }

    private Contents read() throws UnusableModelException {
        checkMagic(cursor.int32("the magic bytes", null));
        int version = cursor.int32("the version", null);
        checkVersion(version);
        int tensorCount = count("tensors", GgufFile.TENSORS_MAX, GgufTensorTable.ENTRY_BYTES_LEAST);
        int keyCount = count("keys", GgufFile.KEYS_MAX, KEY_BYTES_LEAST);
        LinkedHashMap<String, GgufValue> values = readMetadata(keyCount);
        long alignment = alignment(values.get(GgufFile.ALIGNMENT_KEY));
        List<GgufTensor> tensors = new GgufTensorTable(cursor, alignment).read(tensorCount);
        return new Contents(version, alignment, new GgufMetadata(name, values), tensors);
    }

    private void checkMagic(int magic) throws UnusableModelException {
        if (magic == Integer.reverseBytes(MAGIC)) {
            throw cursor.refusal("the magic bytes are \"FUGG\": big-endian files cannot be read");
        }
        if (magic != MAGIC) {
            throw cursor.refusal(String.format(
                    "the magic bytes are %08x, a GGUF file starts with %08x",
                    Integer.reverseBytes(magic), Integer.reverseBytes(MAGIC)));
        }
    }

    private void checkVersion(int version) throws UnusableModelException {
        if (version >= VERSION_MIN && version <= VERSION_MAX) {
            return;
        }
        // A big-endian file keeps the order of the magic bytes; its small version number then stands in the high bytes.
        int swapped = Integer.reverseBytes(version);
        if (swapped >= 1 && swapped <= 0xFFFF) {
            throw cursor.refusal(
                    "this is a big-endian file of version " + swapped + ", only little-endian ones can be read");
        }
        throw cursor.refusal("the file has GGUF version " + Integer.toUnsignedString(version) + ", only versions "
                + VERSION_MIN + " and " + VERSION_MAX + " can be read");
    }

    private int count(String things, int countMax, int bytesLeast) throws UnusableModelException {
        long count = cursor.int64("the header", null);
        if (Long.compareUnsigned(count, countMax) > 0) {
            throw cursor.refusal("the header announces " + Long.toUnsignedString(count) + " " + things
                    + ", the limit is " + countMax);
        }
        if (count * bytesLeast > cursor.remaining()) {
            throw cursor.refusal("the header announces " + count + " " + things + ", too many for the "
                    + cursor.remaining() + " bytes that follow");
        }
        return (int) count;
    }

    private LinkedHashMap<String, GgufValue> readMetadata(int keyCount) throws UnusableModelException {
        LinkedHashMap<String, GgufValue> values = new LinkedHashMap<>();
        for (int i = 0; i < keyCount; i++) {
            String key = cursor.string(GgufFile.KEY_BYTES_MAX, "a key", null);
            if (values.putIfAbsent(key, readValue(key)) != null) {
                throw cursor.refusal("key " + Quoted.name(key) + " appears twice");
            }
        }
        return values;
    }

    private GgufValue readValue(String key) throws UnusableModelException {
        GgufType type = readType("the value type", key);
        long start = cursor.position();
        passValue(type, key, 0);
        return new GgufValue(type, cursor.since(start));
    }

    private GgufType readType(String what, String key) throws UnusableModelException {
        int id = cursor.int32(what, key);
        GgufType type = GgufType.ofId(id);
        if (type == null) {
            throw cursor.refusal(GgufCursor.phrase(what, key) + " is " + Integer.toUnsignedString(id)
                    + ", known are 0 to " + GgufType.FLOAT64.id());
        }
        return type;
    }

    /** Checks a value and moves past it. */
    private void passValue(GgufType type, String key, int depth) throws UnusableModelException {
        switch (type) {
            case STRING -> {
                int length = cursor.stringLength(GgufFile.STRING_BYTES_MAX, "a string", key);
                cursor.skip(length, "a string", key);
            }
            case BOOL -> {
                byte value = cursor.int8("the value", key);
                if (value != 0 && value != 1) {
                    throw cursor.refusal("key " + Quoted.name(key) + " has a bool of " + Byte.toUnsignedInt(value)
                            + ", must be 0 or 1");
                }
            }
            case ARRAY -> passArray(key, depth + 1);
            default -> cursor.skip(type.bytesMin(), "the value", key);
        }
    }

    private void passArray(String key, int depth) throws UnusableModelException {
        if (depth > GgufFile.ARRAY_DEPTH_MAX) {
            throw cursor.refusal(
                    "key " + Quoted.name(key) + " nests arrays deeper than the limit of " + GgufFile.ARRAY_DEPTH_MAX);
        }
        GgufType element = readType("the element type", key);
        long count = cursor.int64("the array length", key);
        if (Long.compareUnsigned(count, GgufFile.ARRAY_LENGTH_MAX) > 0) {
            throw cursor.refusal("key " + Quoted.name(key) + " has an array of " + Long.toUnsignedString(count)
                    + " elements, the limit is " + GgufFile.ARRAY_LENGTH_MAX);
        }
        if (count * element.bytesMin() > cursor.remaining()) {
            throw cursor.refusal("key " + Quoted.name(key) + " has an array of " + count + " " + element
                    + " elements, too many for the " + cursor.remaining() + " bytes that follow");
        }
        switch (element) {
            case BOOL, STRING, ARRAY -> {
                for (long i = 0; i < count; i++) {
                    passValue(element, key, depth);
                }
            }
            default -> cursor.skip(count * element.bytesMin(), "the value", key);
        }
    }

    private long alignment(GgufValue value) throws UnusableModelException {
        if (value == null) {
            return GgufFile.ALIGNMENT_DEFAULT;
        }
        if (value.type() != GgufType.UINT32) {
            throw cursor.refusal("key " + Quoted.name(GgufFile.ALIGNMENT_KEY) + " is of type " + value.typeName()
                    + ", must be uint32");
        }
        long alignment = value.asLong();
        if (!isAlignment(alignment)) {
            throw cursor.refusal(
                    "key " + Quoted.name(GgufFile.ALIGNMENT_KEY) + " is " + alignment + ", must be " + ALIGNMENT_RULE);
        }
        return alignment;
    }

    /** The rule of {@link #isAlignment} in words. */
    static final String ALIGNMENT_RULE =
            "a power of two from " + GgufFile.ALIGNMENT_MIN + " to " + GgufFile.ALIGNMENT_MAX;

    static boolean isAlignment(long alignment) {
        return alignment >= GgufFile.ALIGNMENT_MIN
                && alignment <= GgufFile.ALIGNMENT_MAX
                && Long.bitCount(alignment) == 1;
    }
}
