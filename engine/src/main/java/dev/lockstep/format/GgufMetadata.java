package dev.lockstep.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The keys and values of a model file, in the file's order.
 *
 * <p>Each value stays in its raw little-endian bytes, which were checked when the file was opened, and is decoded on
 * each call; so callers that need an array often keep the result. The metadata of a file can be used until the file is
 * closed.
 *
 * <p>Every accessor returns empty for an absent key, and throws {@link UnusableModelException} with the key, the type
 * found and the type wanted for a value of another type.
 */
public final class GgufMetadata {
    private final String source;
    private final Map<String, GgufValue> values;

    /**
     * @param source what messages start with: the name of the file
     * @param values the values in order; not copied
     */
    GgufMetadata(String source, LinkedHashMap<String, GgufValue> values) {
        this.source = source;
        this.values = Collections.unmodifiableMap(values);
    }

    /** One key for display. All three parts are printable; a long key or value is shortened. */
    public record Entry(String key, String type, String value) {}

    /** The keys in the file's order. */
    public Set<String> keys() {
        return values.keySet();
    }

    /** Whether the key is present. */
    public boolean contains(String key) {
        return values.containsKey(key);
    }

    /** The type of the key's value; {@link GgufType#ARRAY} for every array. */
    public Optional<GgufType> type(String key) {
        return Optional.ofNullable(values.get(key)).map(GgufValue::type);
    }

    /** The number of elements of an array, without decoding it. */
    public OptionalInt length(String key) throws UnusableModelException {
        GgufValue value = find(key, "an array", v -> v.type() == GgufType.ARRAY);
        return value == null ? OptionalInt.empty() : OptionalInt.of(value.count());
    }

    /** A string; bytes that are not UTF-8 decode to U+FFFD. */
    public Optional<String> string(String key) throws UnusableModelException {
        return Optional.ofNullable(find(key, "a string", v -> v.type() == GgufType.STRING))
                .map(GgufValue::asString);
    }

    /** An integer of any width; an unsigned 64-bit one above 2^63 − 1 is refused. */
    public OptionalLong integer(String key) throws UnusableModelException {
        GgufValue value = find(key, "an integer", v -> v.type().isInteger());
        if (value == null) {
            return OptionalLong.empty();
        }
        long result = value.asLong();
        if (value.type() == GgufType.UINT64 && result < 0) {
            throw refusal(key, "is " + Long.toUnsignedString(result) + ", the limit is " + Long.MAX_VALUE);
        }
        return OptionalLong.of(result);
    }

    /** A floating-point number or an integer of any width. */
    public OptionalDouble number(String key) throws UnusableModelException {
        GgufValue value =
                find(key, "a number", v -> v.type().isFloat() || v.type().isInteger());
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value.asDouble());
    }

    /** A truth value. */
    public Optional<Boolean> bool(String key) throws UnusableModelException {
        return Optional.ofNullable(find(key, "a bool", v -> v.type() == GgufType.BOOL))
                .map(v -> v.asLong() == 1);
    }

    /** An array of strings, each decoded like {@link #string}. */
    public Optional<String[]> strings(String key) throws UnusableModelException {
        return Optional.ofNullable(find(key, "an array of strings", v -> v.elementType() == GgufType.STRING))
                .map(GgufValue::asStrings);
    }

    /** An array of float32 or float64, the latter rounded. */
    public Optional<float[]> floats(String key) throws UnusableModelException {
        return Optional.ofNullable(find(
                        key,
                        "an array of float32 or float64",
                        v -> v.elementType() != null && v.elementType().isFloat()))
                .map(GgufValue::asFloats);
    }

    /** An array of any integer type; an element that does not fit in 32 signed bits is refused. */
    public Optional<int[]> integers(String key) throws UnusableModelException {
        GgufValue value = find(
                key,
                "an array of integers",
                v -> v.elementType() != null && v.elementType().isInteger());
        if (value == null) {
            return Optional.empty();
        }
        int[] result = new int[value.count()];
        for (int i = 0; i < result.length; i++) {
            long element = value.longAt(i);
            boolean wrapped = value.elementType() == GgufType.UINT64 && element < 0;
            if (wrapped || element != (int) element) {
                throw refusal(
                        key,
                        "has " + (wrapped ? Long.toUnsignedString(element) : element) + " as element " + i
                                + ", the limits are " + Integer.MIN_VALUE + " and " + Integer.MAX_VALUE);
            }
            result[i] = (int) element;
        }
        return Optional.of(result);
    }

    /** An array of truth values. */
    public Optional<boolean[]> bools(String key) throws UnusableModelException {
        return Optional.ofNullable(find(key, "an array of bools", v -> v.elementType() == GgufType.BOOL))
                .map(GgufValue::asBooleans);
    }

    /** All keys for display, in the file's order; long arrays and strings are shortened. */
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>(values.size());
        values.forEach((key, value) -> entries.add(
                new Entry(Quoted.cut(key, Quoted.NAME_LENGTH_MAX), value.typeName(), GgufRendering.of(value))));
        return entries;
    }

    /** The value with its raw bytes. */
    Map<String, GgufValue> values() {
        return values;
    }

    private GgufValue find(String key, String wanted, Predicate<GgufValue> accepts) throws UnusableModelException {
        GgufValue value = values.get(key);
        if (value != null && !accepts.test(value)) {
            throw refusal(key, "is of type " + value.typeName() + ", must be " + wanted);
        }
        return value;
    }

    /** An exception that names the file and the key: {@code FILE: key "KEY" WHAT}. */
    public UnusableModelException refusal(String key, String what) {
        return new UnusableModelException(source + ": key " + Quoted.name(key) + " " + what);
    }
}
