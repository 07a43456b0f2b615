package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.PackedMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds a model's tensors in its file, checks their shapes and types, and gives each its place in memory.
 *
 * <p>Run from address 0 it only plans ({@link #end} is the size); run from a region's address it makes the matrices
 * that {@link WeightLoader} then fills.
 */
final class WeightPlacer {
    /** One tensor and the packed matrix that it becomes; vectors are matrices of one output and type F32. */
    sealed interface Placement {
        GgufTensor tensor();

        record Matrix(GgufTensor tensor, PackedMatrix matrix) implements Placement {}

        record Vector(GgufTensor tensor, long address) implements Placement {}
    }

    private final GgufFile file;
    private final Cursor cursor;
    private final List<Placement> placements = new ArrayList<>();

    WeightPlacer(GgufFile file, long base) {
        this.file = file;
        this.cursor = new Cursor(base);
    }

    boolean has(String name) {
        return file.tensor(name).isPresent();
    }

    /** Places a matrix of {@code outputs} rows of {@code k} weights. */
    PackedMatrix matrix(String name, int outputs, int k) throws UnusableModelException {
        GgufTensor tensor = tensor(name, k, outputs);
        if (!PackedMatrix.supports(tensor.type())) {
            throw unusable(tensor, "has type " + tensor.type() + "; supported: F32, F16, BF16, Q8_0, Q4_0");
        }
        long address = cursor.take(PackedMatrix.packedBytes(tensor.type(), outputs, k));
        PackedMatrix matrix = new PackedMatrix(tensor.type(), outputs, k, address);
        placements.add(new Placement.Matrix(tensor, matrix));
        return matrix;
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
