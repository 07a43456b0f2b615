package dev.lockstep.format;

import dev.lockstep.tensor.ElementType;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Where one tensor lies in a GGUF file and what it holds. The data itself is {@link GgufFile#data(GgufTensor)}.
 *
 * @param name unique in its file, at most {@value GgufFile#TENSOR_NAME_BYTES_MAX} bytes of UTF-8
 * @param type how the elements are stored
 * @param dims 1 to 4 sizes, innermost (contiguous) first as in the file: a matrix of {@code rows} rows of
 *     {@code columns} elements has {@code {columns, rows}}; copied in and out
 * @param offset first byte of the data, counted from the start of the file
 * @param bytes length of the data, without padding
 */
public record GgufTensor(String name, ElementType type, long[] dims, long offset, long bytes) {
    /** Checks that the parts agree; {@link IllegalArgumentException} if they do not. */
    public GgufTensor {
        Objects.requireNonNull(name, "name");
        dims = dims.clone();
        if (offset < 0) {
            throw refusal(name, "offset " + offset + ", must be at least 0");
        }
        long expected = bytesOf(name, type, dims);
        if (bytes != expected) {
            throw refusal(name, bytes + " bytes, its shape takes " + expected);
        }
    }

    /** A tensor whose length follows from its type and shape. */
    GgufTensor(String name, ElementType type, long[] dims, long offset) {
        this(name, type, dims, offset, bytesOf(name, type, dims));
    }

    /**
     * Bytes that a tensor of this type and shape takes.
     *
     * @throws IllegalArgumentException with a clear sentence if there can be no such tensor
     */
    static long bytesOf(String name, ElementType type, long... dims) {
        if (dims.length < 1 || dims.length > GgufFile.DIMS_MAX) {
            throw refusal(name, dims.length + " dimensions, must have 1 to " + GgufFile.DIMS_MAX);
        }
        for (long dim : dims) {
            if (dim < 1) {
                throw refusal(name, "shape " + shape(dims) + ", each size must be 1 to " + Long.MAX_VALUE);
            }
        }
        if (dims[0] % type.blockSize() != 0) {
            throw refusal(
                    name, "rows of " + dims[0] + " elements, " + type + " needs a multiple of " + type.blockSize());
        }
        try {
            long elements = 1;
            for (long dim : dims) {
                elements = Math.multiplyExact(elements, dim);
            }
            return type.bytes(elements);
        } catch (ArithmeticException overflow) {
            throw refusal(name, type + " shape " + shape(dims) + ", the limit is " + Long.MAX_VALUE + " bytes");
        }
    }

    private static IllegalArgumentException refusal(String name, String what) {
        return new IllegalArgumentException("tensor " + Quoted.name(name) + " has " + what);
    }

    /** The sizes as a file stores them, unsigned. */
    private static String shape(long[] dims) {
        return Arrays.stream(dims).mapToObj(Long::toUnsignedString).collect(Collectors.joining(" x ", "[", "]"));
    }

    /** A copy of the sizes, innermost first. */
    @Override
    public long[] dims() {
        return dims.clone();
    }

    /** Number of dimensions, 1 to 4. */
    public int rank() {
        return dims.length;
    }

    /** The size of dimension {@code axis}, innermost is 0; 1 for an axis from {@link #rank()} to 3. */
    public long dim(int axis) {
        Objects.checkIndex(axis, GgufFile.DIMS_MAX);
        return axis < dims.length ? dims[axis] : 1;
    }

    /** Number of elements, the product of the sizes. */
    public long elements() {
        long elements = 1;
        for (long dim : dims) {
            elements *= dim;
        }
        return elements;
    }

    /** Elements in a row, the innermost size. */
    public long columns() {
        return dims[0];
    }

    /** Number of rows, the product of all sizes but the innermost. */
    public long rows() {
        return elements() / dims[0];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GgufTensor that
                && name.equals(that.name)
                && type == that.type
                && Arrays.equals(dims, that.dims)
                && offset == that.offset
                && bytes == that.bytes;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, Arrays.hashCode(dims), offset, bytes);
    }

    @Override
    public String toString() {
        return Quoted.name(name) + " " + type + " " + shape(dims) + " at byte " + offset;
    }
}
