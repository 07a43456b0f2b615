package dev.lockstep.format;

import java.util.Locale;

/**
 * The type of a metadata value in a GGUF file.
 *
 * <p>Source: {@code gguf_metadata_value_type} in ggml's {@code docs/gguf.md}.
 */
public enum GgufType {
    /** Unsigned 8-bit integer. */
    UINT8(0, 1),
    /** Signed 8-bit integer. */
    INT8(1, 1),
    /** Unsigned 16-bit integer. */
    UINT16(2, 2),
    /** Signed 16-bit integer. */
    INT16(3, 2),
    /** Unsigned 32-bit integer. */
    UINT32(4, 4),
    /** Signed 32-bit integer. */
    INT32(5, 4),
    /** IEEE 754 binary32. */
    FLOAT32(6, 4),
    /** One byte, 0 or 1. */
    BOOL(7, 1),
    /** A 64-bit length in bytes, then as many bytes, meant to be UTF-8. */
    STRING(8, 8),
    /** The elements' type in 32 bits, their number in 64 bits, then the elements. */
    ARRAY(9, 12),
    /** Unsigned 64-bit integer. */
    UINT64(10, 8),
    /** Signed 64-bit integer. */
    INT64(11, 8),
    /** IEEE 754 binary64. */
    FLOAT64(12, 8);

    private static final GgufType[] VALUES = values();

    private final int id;
    private final int bytesMin;
    private final String shown;

    GgufType(int id, int bytesMin) {
        this.id = id;
        this.bytesMin = bytesMin;
        this.shown = name().toLowerCase(Locale.ROOT);
    }

    /** The type's number in a file. */
    public int id() {
        return id;
    }

    /** The bytes of a scalar; for {@link #STRING} and {@link #ARRAY} the fewest that a value can have. */
    public int bytesMin() {
        return bytesMin;
    }

    /** Whether this is one of the eight integer types. */
    public boolean isInteger() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
        };
    }

    /** Whether this is one of the two floating-point types. */
    public boolean isFloat() {
        return this == FLOAT32 || this == FLOAT64;
    }

    /** The type with this number, or null. */
    static GgufType ofId(int id) {
        // The ids are dense and equal the ordinals, which GgufTypeTest holds.
        return id < 0 || id >= VALUES.length ? null : VALUES[id];
    }

    /** The lower-case name that the format's documentation uses, {@code uint32} for example. */
    @Override
    public String toString() {
        return shown;
    }
}
