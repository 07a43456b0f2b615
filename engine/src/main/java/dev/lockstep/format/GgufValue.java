package dev.lockstep.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A metadata value: its type and its raw bytes as they stand in a file, already checked to be well-formed.
 *
 * @param type the value's type
 * @param raw exactly the value's bytes: for a string with its length, for an array with its element type and count
 */
record GgufValue(GgufType type, MemorySegment raw) {
    /** Bytes before the elements of an array: element type (4) and count (8). */
    static final int ARRAY_HEADER_BYTES = 12;

    /** The type of an array's elements, or null for a value that is not an array. */
    GgufType elementType() {
        return type == GgufType.ARRAY ? GgufType.ofId(raw.get(LittleEndian.INT32, 0)) : null;
    }

    /** The number of an array's elements. */
    int count() {
        return (int) raw.get(LittleEndian.INT64, Integer.BYTES);
    }

    /** The type for display, {@code uint32} or {@code string[32000]}. */
    String typeName() {
        return type == GgufType.ARRAY ? elementType() + "[" + count() + "]" : type.toString();
    }

    /** An integer or a truth value; an unsigned 64-bit one above 2^63 − 1 comes out negative. */
    long asLong() {
        return longAt(type, 0);
    }

    /** An integer or a floating-point number. */
    double asDouble() {
        return doubleAt(type, 0);
    }

    /** A string. */
    String asString() {
        return stringAt(0);
    }

    /** Element {@code index} of an array of integers or truth values, like {@link #asLong}. */
    long longAt(int index) {
        GgufType element = elementType();
        return longAt(element, ARRAY_HEADER_BYTES + (long) index * element.bytesMin());
    }

    /** Element {@code index} of an array of numbers. */
    double doubleAt(int index) {
        GgufType element = elementType();
        return doubleAt(element, ARRAY_HEADER_BYTES + (long) index * element.bytesMin());
    }

    /** An array of numbers. */
    float[] asFloats() {
        float[] result = new float[count()];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) doubleAt(i);
        }
        return result;
    }

    /** An array of truth values. */
    boolean[] asBooleans() {
        boolean[] result = new boolean[count()];
        for (int i = 0; i < result.length; i++) {
            result[i] = longAt(i) == 1;
        }
        return result;
    }

    /** An array of strings. */
    String[] asStrings() {
        String[] result = new String[count()];
        long offset = ARRAY_HEADER_BYTES;
        for (int i = 0; i < result.length; i++) {
            result[i] = stringAt(offset);
            offset += Long.BYTES + raw.get(LittleEndian.INT64, offset);
        }
        return result;
    }

    /** The string whose length stands at {@code offset}. */
    String stringAt(long offset) {
        long length = raw.get(LittleEndian.INT64, offset);
        return decode(raw.asSlice(offset + Long.BYTES, length));
    }

    /** UTF-8 to text, U+FFFD for what is not UTF-8. */
    static String decode(MemorySegment utf8) {
        return new String(utf8.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private long longAt(GgufType scalar, long offset) {
        return switch (scalar) {
            case UINT8, BOOL -> Byte.toUnsignedLong(raw.get(ValueLayout.JAVA_BYTE, offset));
            case INT8 -> raw.get(ValueLayout.JAVA_BYTE, offset);
            case UINT16 -> Short.toUnsignedLong(raw.get(LittleEndian.INT16, offset));
            case INT16 -> raw.get(LittleEndian.INT16, offset);
            case UINT32 -> Integer.toUnsignedLong(raw.get(LittleEndian.INT32, offset));
            case INT32 -> raw.get(LittleEndian.INT32, offset);
            case UINT64, INT64 -> raw.get(LittleEndian.INT64, offset);
            case FLOAT32, FLOAT64, STRING, ARRAY -> throw new IllegalStateException(scalar + " is not an integer");
        };
    }

    private double doubleAt(GgufType scalar, long offset) {
        return switch (scalar) {
            case FLOAT32 -> raw.get(LittleEndian.FLOAT32, offset);
            case FLOAT64 -> raw.get(LittleEndian.FLOAT64, offset);
            case UINT64 -> unsignedToDouble(raw.get(LittleEndian.INT64, offset));
            default -> longAt(scalar, offset);
        };
    }

    private static double unsignedToDouble(long bits) {
        // Halving with the lost bit kept in the lowest place rounds exactly as the whole number would.
        return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
    }
}
