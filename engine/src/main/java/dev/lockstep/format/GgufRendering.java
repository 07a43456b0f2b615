package dev.lockstep.format;

import java.lang.foreign.MemorySegment;

/** Short printable texts of metadata values, made without decoding more of a value than is shown. */
final class GgufRendering {
    /** Elements of an array that are shown. */
    static final int ELEMENTS_MAX = 6;
    /** Characters of a string that are shown, fewer inside an array. */
    static final int STRING_LENGTH_MAX = 80;

    private static final int ELEMENT_LENGTH_MAX = 24;
    private static final int UTF8_BYTES_MAX = 4;

    private GgufRendering() {}

    /** The value in one line. */
    static String of(GgufValue value) {
        return switch (value.type()) {
            case STRING -> string(value, 0, STRING_LENGTH_MAX);
            case ARRAY -> array(value);
            case BOOL -> Boolean.toString(value.asLong() == 1);
            case FLOAT32 -> Float.toString((float) value.asDouble());
            case FLOAT64 -> Double.toString(value.asDouble());
            case UINT64 -> Long.toUnsignedString(value.asLong());
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64 -> Long.toString(value.asLong());
        };
    }

    private static String array(GgufValue value) {
        if (value.elementType() == GgufType.ARRAY) {
            return value.count() == 0 ? "[]" : "[…]";
        }
        StringBuilder shown = new StringBuilder("[");
        long stringOffset = GgufValue.ARRAY_HEADER_BYTES;
        int count = Math.min(value.count(), ELEMENTS_MAX);
        for (int i = 0; i < count; i++) {
            shown.append(i == 0 ? "" : ", ");
            if (value.elementType() == GgufType.STRING) {
                shown.append(string(value, stringOffset, ELEMENT_LENGTH_MAX));
                stringOffset += Long.BYTES + value.raw().get(LittleEndian.INT64, stringOffset);
            } else {
                shown.append(scalarAt(value, i));
            }
        }
        if (count < value.count()) {
            shown.append(", … ").append(value.count() - count).append(" more");
        }
        return shown.append(']').toString();
    }

    private static String scalarAt(GgufValue array, int index) {
        return switch (array.elementType()) {
            case BOOL -> Boolean.toString(array.longAt(index) == 1);
            case FLOAT32 -> Float.toString((float) array.doubleAt(index));
            case FLOAT64 -> Double.toString(array.doubleAt(index));
            case UINT64 -> Long.toUnsignedString(array.longAt(index));
            default -> Long.toString(array.longAt(index));
        };
    }

    private static String string(GgufValue value, long offset, int lengthMax) {
        long length = value.raw().get(LittleEndian.INT64, offset);
        MemorySegment utf8 = value.raw().asSlice(offset + Long.BYTES, length);
        // One character more than fits, so that the cut is seen; a torn character at the end then lies past the cut.
        long wanted = (lengthMax + 1L) * UTF8_BYTES_MAX;
        return '"' + Quoted.cut(GgufValue.decode(utf8.asSlice(0, Math.min(length, wanted))), lengthMax) + '"';
    }
}
