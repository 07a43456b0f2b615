package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finds a model's tensors in its file, checks their shapes and types, and gives each its place in memory.
 *
 * <p>Run from address 0 it only plans ({@link #end} is the size); run from a region's address it makes the matrices
 * that {@link WeightLoader} then fills.
 */
final class WeightPlacer {
    /** One tensor and where it belongs. */
    sealed interface Placement {
        GgufTensor tensor();

        /** Rows of the tensor, from {@code firstRow} on, become a packed matrix. */
        record Matrix(GgufTensor tensor, int firstRow, PackedMatrix matrix) implements Placement {}

        /** The tensor is a vector of floats, and copied. */
        record Vector(GgufTensor tensor, long address) implements Placement {}

        /** The tensor is a matrix that stays in the file, and is only checked. */
        record Unpacked(GgufTensor tensor) implements Placement {}
    }

    private final GgufFile file;
    private final Cursor cursor;
    private final Optional<Function<GgufTensor, MemorySegment>> unpacked;
    private final List<Placement> placements = new ArrayList<>();

    /** Places matrices in packed form. */
    WeightPlacer(GgufFile file, long base) {
        this(file, base, Optional.empty());
    }

    private WeightPlacer(GgufFile file, long base, Optional<Function<GgufTensor, MemorySegment>> unpacked) {
        this.file = file;
        this.cursor = new Cursor(base);
        this.unpacked = unpacked;
    }

    /** Leaves matrices where {@code data} finds them and places vectors only. */
    static WeightPlacer unpacked(GgufFile file, long base, Function<GgufTensor, MemorySegment> data) {
        return new WeightPlacer(file, base, Optional.of(data));
    }

    boolean has(String name) {
        return file.tensor(name).isPresent();
    }

    /** Places a matrix of {@code outputs} rows of {@code k} weights. */
    PackedMatrix matrix(String name, int outputs, int k) throws UnusableModelException {
        GgufTensor tensor = matrixTensor(name, outputs, k);
        if (unpacked.isPresent()) {
            placements.add(new Placement.Unpacked(tensor));
            return PackedMatrix.unpacked(
                    tensor.type(), outputs, k, unpacked.get().apply(tensor));
        }
        return place(tensor, 0, outputs, k);
    }

    /** Places {@code rows} rows, from {@code firstRow} on, of a matrix of {@code outputs} rows of {@code k} weights. */
    PackedMatrix piece(String name, int outputs, int k, int firstRow, int rows) throws UnusableModelException {
        return place(matrixTensor(name, outputs, k), firstRow, rows, k);
    }

    private PackedMatrix place(GgufTensor tensor, int firstRow, int rows, int k) {
        long address = cursor.take(PackedMatrix.packedBytes(tensor.type(), rows, k));
        PackedMatrix matrix = new PackedMatrix(tensor.type(), rows, k, address);
        placements.add(new Placement.Matrix(tensor, firstRow, matrix));
        return matrix;
    }

    /** Finds a matrix that stays in the file, checks its shape, and notes that its weights are to be checked. */
    GgufTensor inFile(String name, int outputs, int k) throws UnusableModelException {
        GgufTensor tensor = matrixTensor(name, outputs, k);
        placements.add(new Placement.Unpacked(tensor));
        return tensor;
    }

    private GgufTensor matrixTensor(String name, int outputs, int k) throws UnusableModelException {
        GgufTensor tensor = tensor(name, k, outputs);
        if (!PackedMatrix.supports(tensor.type())) {
            throw unusable(tensor, "has type " + tensor.type() + "; supported: " + PackedMatrix.typeNames());
        }
        return tensor;
    }

    /** Places a vector of {@code n} floats and returns its address. */
    long vector(String name, int n) throws UnusableModelException {
        GgufTensor tensor = tensor(name, n);
        if (tensor.type() != ElementType.F32) {
            throw unusable(tensor, "has type " + tensor.type() + "; vectors must be F32");
        }
        long address = cursor.take(tensor.bytes());
        placements.add(new Placement.Vector(tensor, address));
        return address;
    }

    long end() {
        return cursor.end();
    }

    List<Placement> placements() {
        return placements;
    }

    private GgufTensor tensor(String name, long... dims) throws UnusableModelException {
        GgufTensor tensor = file.tensor(name)
                .orElseThrow(() ->
                        new UnusableModelException(file.path().getFileName() + ": tensor " + name + " is missing"));
        if (!Arrays.equals(withoutTrailingOnes(tensor.dims()), withoutTrailingOnes(dims))) {
            throw unusable(
                    tensor,
                    "has shape " + Arrays.toString(tensor.dims()) + ", but the model's dimensions ask for "
                            + Arrays.toString(dims));
        }
        return tensor;
    }

    private static long[] withoutTrailingOnes(long[] dims) {
        int n = dims.length;
        while (n > 1 && dims[n - 1] == 1) {
            n--;
        }
        return Arrays.copyOf(dims, n);
    }

    private UnusableModelException unusable(GgufTensor tensor, String what) {
        return new UnusableModelException(
                file.path().getFileName() + ": tensor " + Quoted.name(tensor.name()) + " " + what);
    }
}
