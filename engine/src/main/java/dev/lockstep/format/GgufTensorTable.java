package dev.lockstep.format;

import dev.lockstep.tensor.ElementType;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the table of tensors and checks that the data of each lies in the file, aligned, and apart from the others. */
final class GgufTensorTable {
    /** A name's length, the number of dimensions, one size, the element type and the offset. */
    static final int ENTRY_BYTES_LEAST = Long.BYTES + Integer.BYTES + Long.BYTES + Integer.BYTES + Long.BYTES;

    private final GgufCursor cursor;
    private final long alignment;

    /**
     * @param cursor stands at the start of the table
     * @param alignment of the data, a power of two
     */
    GgufTensorTable(GgufCursor cursor, long alignment) {
        this.cursor = cursor;
        this.alignment = alignment;
    }

    /** The tensors in the table's order, with offsets from the start of the file. */
    List<GgufTensor> read(int count) throws UnusableModelException {
        GgufTensor[] tensors = new GgufTensor[count];
        Set<String> names = HashSet.newHashSet(count);
        for (int i = 0; i < count; i++) {
            tensors[i] = readEntry();
            if (!names.add(tensors[i].name())) {
                throw cursor.refusal("tensor " + Quoted.name(tensors[i].name()) + " appears twice");
            }
        }
        long fileBytes = cursor.position() + cursor.remaining();
        long dataStart = alignUp(cursor.position(), alignment);
        for (int i = 0; i < count; i++) {
            tensors[i] = place(tensors[i], dataStart, fileBytes);
        }
        checkApart(tensors.clone());
        return Collections.unmodifiableList(Arrays.asList(tensors));
    }

    /** The least multiple of {@code alignment}, a power of two, that is not below {@code position}. */
    static long alignUp(long position, long alignment) {
        return (position + alignment - 1) & -alignment;
    }

    /** Reads one entry; its offset still counts from the start of the data. */
    private GgufTensor readEntry() throws UnusableModelException {
        String name = cursor.string(GgufFile.TENSOR_NAME_BYTES_MAX, "a tensor name", null);
        int rank = cursor.int32("the number of dimensions", name);
        if (rank < 1 || rank > GgufFile.DIMS_MAX) {
            throw cursor.refusal("tensor " + Quoted.name(name) + " has " + Integer.toUnsignedString(rank)
                    + " dimensions, must have 1 to " + GgufFile.DIMS_MAX);
        }
        long[] dims = new long[rank];
        for (int i = 0; i < rank; i++) {
            dims[i] = cursor.int64("the shape", name);
        }
        int typeId = cursor.int32("the element type", name);
        ElementType type = ElementType.ofId(typeId).orElse(null);
        if (type == null) {
            throw cursor.refusal("tensor " + Quoted.name(name) + " has element type " + Integer.toUnsignedString(typeId)
                    + ", which is not known");
        }
        checkShape(name, type, dims);
        long offset = cursor.int64("the offset", name);
        if ((offset & (alignment - 1)) != 0) {
            throw cursor.refusal("tensor " + Quoted.name(name) + " has offset " + Long.toUnsignedString(offset)
                    + ", must be a multiple of the alignment " + alignment);
        }
        if (offset < 0) {
            throw cursor.refusal("tensor " + Quoted.name(name) + " has offset " + Long.toUnsignedString(offset)
                    + ", the limit is " + Long.MAX_VALUE);
        }
        return new GgufTensor(name, type, dims, offset);
    }

    private void checkShape(String name, ElementType type, long[] dims) throws UnusableModelException {
        try {
            GgufTensor.bytesOf(name, type, dims);
        } catch (IllegalArgumentException refused) {
            throw cursor.refusal(refused.getMessage());
        }
    }

    private GgufTensor place(GgufTensor tensor, long dataStart, long fileBytes) throws UnusableModelException {
        // Written so that nothing overflows: both sides of each comparison are differences of checked numbers.
        long dataBytes = fileBytes - dataStart;
        if (tensor.offset() > dataBytes || tensor.bytes() > dataBytes - tensor.offset()) {
            throw cursor.refusal("tensor " + Quoted.name(tensor.name()) + " has " + tensor.bytes()
                    + " bytes at offset " + tensor.offset() + " of the data, which is " + Math.max(0, dataBytes)
                    + " bytes long; the file may be cut short");
        }
        return new GgufTensor(tensor.name(), tensor.type(), tensor.dims(), dataStart + tensor.offset(), tensor.bytes());
    }

    private void checkApart(GgufTensor[] tensors) throws UnusableModelException {
        Arrays.sort(tensors, Comparator.comparingLong(GgufTensor::offset));
        for (int i = 1; i < tensors.length; i++) {
            GgufTensor before = tensors[i - 1];
            GgufTensor tensor = tensors[i];
            if (before.offset() + before.bytes() > tensor.offset()) {
                throw cursor.refusal("tensors " + Quoted.name(before.name()) + " and " + Quoted.name(tensor.name())
                        + " overlap at byte " + tensor.offset());
            }
        }
    }
}
