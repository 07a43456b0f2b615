package dev.lockstep.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Set;

/**
 * Metadata being put together: the part that {@link GgufWriter} and {@link GgufMetadataBuilder} share.
 *
 * <p>The keys keep the order in which they were put. Each method throws {@link IllegalArgumentException} for a key that
 * is already there, and for a key or value beyond the limits that {@link GgufFile} reads by. The method names the type
 * that is written, because readers of the format look for one particular type (block counts are {@code uint32}, say).
 *
 * @param <T> the concrete class, which the methods return for chaining
 */
public abstract sealed class GgufEntries<T extends GgufEntries<T>> permits GgufWriter, GgufMetadataBuilder {
    private final LinkedHashMap<String, GgufValue> values = new LinkedHashMap<>();

    GgufEntries() {}

    abstract T self();

    /** The keys and values so far, in order. */
    final LinkedHashMap<String, GgufValue> values() {
        return values;
    }

    /** Puts a string. */
    public final T putString(String key, String value) {
        return put(key, GgufType.STRING, GgufEncoding.string(key, value));
    }

    /** Puts a truth value. */
    public final T putBool(String key, boolean value) {
        MemorySegment raw = GgufEncoding.scalar(GgufType.BOOL);
        raw.set(ValueLayout.JAVA_BYTE, 0, (byte) (value ? 1 : 0));
        return put(key, GgufType.BOOL, raw);
    }

    /** Puts a 32-bit floating-point number. */
    public final T putFloat32(String key, float value) {
        MemorySegment raw = GgufEncoding.scalar(GgufType.FLOAT32);
        raw.set(LittleEndian.FLOAT32, 0, value);
        return put(key, GgufType.FLOAT32, raw);
    }

    /** Puts a 64-bit floating-point number. */
    public final T putFloat64(String key, double value) {
        MemorySegment raw = GgufEncoding.scalar(GgufType.FLOAT64);
        raw.set(LittleEndian.FLOAT64, 0, value);
        return put(key, GgufType.FLOAT64, raw);
    }

    /** Puts an unsigned 32-bit integer, which is what most counts in model files are. */
    public final T putUint32(String key, long value) {
        return putInteger(key, GgufType.UINT32, value);
    }

    /**
     * Puts an integer.
     *
     * @param type one of the eight integer types, in whose range the value must be
     */
    public final T putInteger(String key, GgufType type, long value) {
        return put(key, type, GgufEncoding.integer(key, type, value));
    }

    /** Puts an array of strings. */
    public final T putStrings(String key, String... elements) {
        return put(key, GgufType.ARRAY, GgufEncoding.strings(key, elements));
    }

    /** Puts an array of truth values. */
    public final T putBools(String key, boolean... elements) {
        MemorySegment raw = GgufEncoding.array(key, GgufType.BOOL, elements.length);
        for (int i = 0; i < elements.length; i++) {
            raw.set(ValueLayout.JAVA_BYTE, GgufValue.ARRAY_HEADER_BYTES + (long) i, (byte) (elements[i] ? 1 : 0));
        }
        return put(key, GgufType.ARRAY, raw);
    }

    /** Puts an array of 32-bit floating-point numbers. */
    public final T putFloat32s(String key, float... elements) {
        MemorySegment raw = GgufEncoding.array(key, GgufType.FLOAT32, elements.length);
        MemorySegment.copy(elements, 0, raw, LittleEndian.FLOAT32, GgufValue.ARRAY_HEADER_BYTES, elements.length);
        return put(key, GgufType.ARRAY, raw);
    }

    /** Puts an array of 64-bit floating-point numbers. */
    public final T putFloat64s(String key, double... elements) {
        MemorySegment raw = GgufEncoding.array(key, GgufType.FLOAT64, elements.length);
        MemorySegment.copy(elements, 0, raw, LittleEndian.FLOAT64, GgufValue.ARRAY_HEADER_BYTES, elements.length);
        return put(key, GgufType.ARRAY, raw);
    }

    /** Puts an array of signed 32-bit integers. */
    public final T putInt32s(String key, int... elements) {
        MemorySegment raw = GgufEncoding.array(key, GgufType.INT32, elements.length);
        MemorySegment.copy(elements, 0, raw, LittleEndian.INT32, GgufValue.ARRAY_HEADER_BYTES, elements.length);
        return put(key, GgufType.ARRAY, raw);
    }

    /**
     * Puts an array of integers.
     *
     * @param element one of the eight integer types, in whose range every element must be
     */
    public final T putIntegers(String key, GgufType element, long... elements) {
        return put(key, GgufType.ARRAY, GgufEncoding.integers(key, element, elements));
    }

    /**
     * Puts all keys of a file, or of other metadata, with their bytes unchanged. The file must stay open for as long as
     * this metadata is used.
     *
     * @param except keys that are left out, whether or not they are there
     */
    public final T copyMetadata(GgufMetadata source, String... except) {
        Set<String> left = Set.copyOf(Arrays.asList(except));
        source.values().forEach((key, value) -> {
            if (!left.contains(key)) {
                put(key, value.type(), value.raw());
            }
        });
        return self();
    }

    private T put(String key, GgufType type, MemorySegment raw) {
        GgufEncoding.checkUtf8("key", key, GgufFile.KEY_BYTES_MAX);
        GgufValue value = new GgufValue(type, raw.asReadOnly());
        if (key.equals(GgufFile.ALIGNMENT_KEY)) {
            checkAlignment(value);
        }
        if (values.size() == GgufFile.KEYS_MAX) {
            throw new IllegalArgumentException(
                    "key " + Quoted.name(key) + " is one more than the limit of " + GgufFile.KEYS_MAX + " keys");
        }
        if (values.putIfAbsent(key, value) != null) {
            throw new IllegalArgumentException("key " + Quoted.name(key) + " is already there");
        }
        return self();
    }

    private static void checkAlignment(GgufValue value) {
        if (value.type() != GgufType.UINT32 || !GgufReader.isAlignment(value.asLong())) {
            throw new IllegalArgumentException("key " + Quoted.name(GgufFile.ALIGNMENT_KEY) + " is "
                    + value.typeName() + " " + GgufRendering.of(value) + ", must be uint32 and "
                    + GgufReader.ALIGNMENT_RULE);
        }
    }
}
