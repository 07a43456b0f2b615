package dev.lockstep.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the fields of a valid GGUF file stand, found by a walk of its own that trusts the file. The fuzz test aims its
 * damage by it.
 */
final class GgufFields {
    /** What a field means. */
    enum Kind {
        MAGIC,
        VERSION,
        COUNT,
        LENGTH,
        VALUE_TYPE,
        VALUE,
        RANK,
        DIM,
        ELEMENT_TYPE,
        OFFSET
    }

    /** A number of {@code width} bytes at {@code at}. */
    record Field(Kind kind, int at, int width) {}

    /** String lengths inside an array that are listed; a vocabulary has far more than are worth damaging. */
    private static final int LENGTHS_IN_ARRAY_MAX = 16;

    private final ByteBuffer file;
    private final List<Field> fields = new ArrayList<>();

    private GgufFields(byte[] file) {
        this.file = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The fields in the file's order; the last one ends where the padding before the data starts. */
    static List<Field> of(byte[] file) {
        return new GgufFields(file).walk();
    }

    private List<Field> walk() {
        int32(Kind.MAGIC);
        int32(Kind.VERSION);
        long tensors = int64(Kind.COUNT);
        long keys = int64(Kind.COUNT);
        for (long i = 0; i < keys; i++) {
            string();
            value(int32(Kind.VALUE_TYPE));
        }
        for (long i = 0; i < tensors; i++) {
            string();
            int rank = int32(Kind.RANK);
            for (int axis = 0; axis < rank; axis++) {
                int64(Kind.DIM);
            }
            int32(Kind.ELEMENT_TYPE);
            int64(Kind.OFFSET);
        }
        return List.copyOf(fields);
    }

    private void value(int type) {
        switch (type) {
            case 0, 1, 7 -> pass(1, Kind.VALUE);
            case 2, 3 -> pass(2, Kind.VALUE);
            case 4, 5, 6 -> pass(4, Kind.VALUE);
            case 10, 11, 12 -> pass(8, Kind.VALUE);
            case 8 -> string();
            case 9 -> {
                int element = int32(Kind.VALUE_TYPE);
                long count = int64(Kind.COUNT);
                for (long i = 0; i < count; i++) {
                    int kept = i < LENGTHS_IN_ARRAY_MAX ? Integer.MAX_VALUE : fields.size();
                    value(element);
                    while (fields.size() > kept) {
                        fields.removeLast();
                    }
                }
            }
            default -> throw new AssertionError("value type " + type + " at byte " + file.position());
        }
    }

    private void string() {
        int length = (int) int64(Kind.LENGTH);
        file.position(file.position() + length);
    }

    private void pass(int width, Kind kind) {
        fields.add(new Field(kind, file.position(), width));
        file.position(file.position() + width);
    }

    private int int32(Kind kind) {
        fields.add(new Field(kind, file.position(), Integer.BYTES));
        return file.getInt();
    }

    private long int64(Kind kind) {
        fields.add(new Field(kind, file.position(), Long.BYTES));
        return file.getLong();
    }
}
