package dev.lockstep.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Metadata values as bytes on the Java heap, the opposite of {@link GgufValue}. */
final class GgufEncoding {
    private GgufEncoding() {}

    /** Room for a scalar. */
    static MemorySegment scalar(GgufType type) {
        return MemorySegment.ofArray(new byte[type.bytesMin()]);
    }

    /** Room for an array of scalars, with its header written. */
    static MemorySegment array(String key, GgufType element, int length) {
        return array(key, element, length, (long) length * element.bytesMin());
    }

    static MemorySegment integer(String key, GgufType type, long value) {
        MemorySegment raw = scalar(type);
        setInteger(key, raw, 0, type, value);
        return raw;
    }

    static MemorySegment integers(String key, GgufType element, long[] elements) {
        if (!element.isInteger()) {
            throw notInteger(element);
        }
        MemorySegment raw = array(key, element, elements.length);
        for (int i = 0; i < elements.length; i++) {
            long offset = GgufValue.ARRAY_HEADER_BYTES + (long) i * element.bytesMin();
            setInteger(key, raw, offset, element, elements[i]);
        }
        return raw;
    }

    static MemorySegment string(String key, String value) {
        byte[] utf8 = checkUtf8("value of key " + Quoted.name(key), value, GgufFile.STRING_BYTES_MAX);
        MemorySegment raw = MemorySegment.ofArray(new byte[Math.addExact(Long.BYTES, utf8.length)]);
        setString(raw, 0, utf8);
        return raw;
    }

    static MemorySegment strings(String key, String[] elements) {
        byte[][] utf8 = new byte[elements.length][];
        long bytes = 0;
        for (int i = 0; i < elements.length; i++) {
            utf8[i] = checkUtf8("value of key " + Quoted.name(key), elements[i], GgufFile.STRING_BYTES_MAX);
            bytes += Long.BYTES + utf8[i].length;
        }
        MemorySegment raw = array(key, GgufType.STRING, elements.length, bytes);
        long offset = GgufValue.ARRAY_HEADER_BYTES;
        for (byte[] element : utf8) {
            setString(raw, offset, element);
            offset += Long.BYTES + element.length;
        }
        return raw;
    }

    /** The text in UTF-8, refused if it is longer than the limit or has unpaired surrogates. */
    static byte[] checkUtf8(String what, String text, int bytesMax) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > bytesMax) {
            throw new IllegalArgumentException(
                    what + " " + Quoted.name(text) + " is " + utf8.length + " bytes long, the limit is " + bytesMax);
        }
        if (!text.equals(new String(utf8, StandardCharsets.UTF_8))) {
            throw new IllegalArgumentException(what + " " + Quoted.name(text) + " has an unpaired surrogate");
        }
        return utf8;
    }

    private static MemorySegment array(String key, GgufType element, int length, long bytes) {
        if (length > GgufFile.ARRAY_LENGTH_MAX) {
            throw new IllegalArgumentException("key " + Quoted.name(key) + " has an array of " + length
                    + " elements, the limit is " + GgufFile.ARRAY_LENGTH_MAX);
        }
        MemorySegment raw = MemorySegment.ofArray(new byte[Math.toIntExact(GgufValue.ARRAY_HEADER_BYTES + bytes)]);
        raw.set(LittleEndian.INT32, 0, element.id());
        raw.set(LittleEndian.INT64, Integer.BYTES, length);
        return raw;
    }

    private static void setString(MemorySegment raw, long offset, byte[] utf8) {
        raw.set(LittleEndian.INT64, offset, utf8.length);
        MemorySegment.copy(utf8, 0, raw, ValueLayout.JAVA_BYTE, offset + Long.BYTES, utf8.length);
    }

    private static void setInteger(String key, MemorySegment raw, long offset, GgufType type, long value) {
        if (!fits(type, value)) {
            throw new IllegalArgumentException(
                    "key " + Quoted.name(key) + " is " + value + ", which does not fit in " + type);
        }
        switch (type.bytesMin()) {
            case Byte.BYTES -> raw.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
            case Short.BYTES -> raw.set(LittleEndian.INT16, offset, (short) value);
            case Integer.BYTES -> raw.set(LittleEndian.INT32, offset, (int) value);
            default -> raw.set(LittleEndian.INT64, offset, value);
        }
    }

    private static boolean fits(GgufType type, long value) {
        return switch (type) {
            case UINT8 -> value >>> Byte.SIZE == 0;
            case UINT16 -> value >>> Short.SIZE == 0;
            case UINT32 -> value >>> Integer.SIZE == 0;
            case UINT64 -> value >= 0;
            case INT8 -> value == (byte) value;
            case INT16 -> value == (short) value;
            case INT32 -> value == (int) value;
            case INT64 -> true;
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> throw notInteger(type);
        };
    }

    private static IllegalArgumentException notInteger(GgufType type) {
        return new IllegalArgumentException(type + " is not an integer type");
    }
}
