package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Stores a model's weights as another type: smaller and less exact, or as plain floats again.
 *
 * <p>Matrices are converted. What has a single row (norms, biases, rotation factors) stays as it is, since it is small
 * and read as floats; so does what has the wanted type already, and what has rows that are not whole blocks of it.
 * Where those blocks are of 256 weights, plain floats whose rows are whole blocks of 32 become Q8_0 instead.
 * How weights are rounded: {@link Encoding}.
 */
public final class Quantisation {
    private Quantisation() {}

    /**
     * What a conversion did.
     *
     * @param converted tensors that were re-encoded
     * @param fallbacks the names of those among the converted that became Q8_0, though another type was wanted
     * @param kept tensors that were copied
     * @param unfit the names of those among the kept whose rows are not whole blocks of the wanted type
     * @param bytesBefore length of the file that was read
     * @param bytesAfter length of the file that was written
     */
    public record Summary(
            int converted, List<String> fallbacks, int kept, List<String> unfit, long bytesBefore, long bytesAfter) {
        /** Copies the lists. */
        public Summary {
            fallbacks = List.copyOf(fallbacks);
            unfit = List.copyOf(unfit);
        }
    }

    /**
     * Writes the model of one file to another, with weights of the given type. It goes through memory in chunks, so
     * a model of any size can be converted. The new file takes its place when it is complete; what was there stays if
     * anything fails.
     *
     * @param type one of {@link Encoding#types}
     * @param progress hears the bytes of tensors written so far
     * @throws IllegalArgumentException for another type, or if both paths lead to the same file
     * @throws UnusableModelException if the file is not valid, or holds a matrix of another type, a weight that is not a number, or one too large for the type
     * @throws IOException if the new file cannot be written
     */
    public static Summary convert(Path in, Path out, ElementType type, LoadProgress progress) throws IOException {
        return convert(in, out, type, progress, TensorProducer.threads());
    }

    static Summary convert(Path in, Path out, ElementType type, LoadProgress progress, int threads) throws IOException {
        if (!Encoding.supports(type)) {
            throw new IllegalArgumentException(
                    "type " + type + " cannot be written; supported: " + Encoding.typeNames());
        }
        try (GgufFile file = GgufFile.open(in)) {
            if (Files.exists(out) && Files.isSameFile(in, out)) {
                throw new IllegalArgumentException(out + ": the model is read from this file, so it cannot be written");
            }
            return new Conversion(file, type).write(out, progress, threads);
        }
    }

    /** One file's way to one type. */
    private static final class Conversion {
        private final GgufFile file;
        private final ElementType type;
        private final Map<GgufTensor, ElementType> converted = new HashMap<>();
        private final List<String> fallbacks = new ArrayList<>();
        private final List<String> unfit = new ArrayList<>();
        private long bytes;

        Conversion(GgufFile file, ElementType type) throws UnusableModelException {
            this.file = file;
            this.type = type;
            for (GgufTensor tensor : file.tensors()) {
                ElementType stored = tensor.rows() > 1 ? stored(tensor) : tensor.type();
                if (stored != tensor.type()) {
                    checkSource(tensor);
                    converted.put(tensor, stored);
                }
                bytes += stored.bytes(tensor.elements());
            }
        }

        /** The type that a matrix gets; its own if it stays. */
        private ElementType stored(GgufTensor tensor) {
            if (tensor.type() == type) {
                return type;
            }
            Optional<ElementType> fitting = BlockFit.of(type, tensor.columns());
            if (fitting.isPresent() && fitting.get() == type) {
                return type;
            }
            // What is quantised already would only grow.
            if (fitting.isPresent() && !tensor.type().isQuantised()) {
                fallbacks.add(tensor.name());
                return fitting.get();
            }
            unfit.add(tensor.name());
            return tensor.type();
        }

        private void checkSource(GgufTensor tensor) throws UnusableModelException {
            if (!Encoding.supports(tensor.type())) {
                throw unusable(
                        tensor,
                        "has type " + tensor.type() + ", which cannot be converted; supported: "
                                + Encoding.typeNames());
            }
        }

        Summary write(Path out, LoadProgress progress, int threads) throws IOException {
            GgufWriter writer = new GgufWriter().copyMetadata(file.metadata(), FileType.KEY, FileType.VERSION_KEY);
            FileType.put(writer, type);
            try (TensorProducer producer = new TensorProducer(threads, bytes, progress)) {
                for (GgufTensor tensor : file.tensors()) {
                    add(tensor, writer, producer);
                }
                writer.write(out);
            }
            int kept = file.tensors().size() - converted.size();
            return new Summary(converted.size(), fallbacks, kept, unfit, file.size(), Files.size(out));
        }

        private void add(GgufTensor tensor, GgufWriter writer, TensorProducer producer) {
            MemorySegment data = file.data(tensor);
            ElementType stored = converted.get(tensor);
            if (stored != null) {
                writer.tensor(
                        tensor.name(),
                        stored,
                        tensor.dims(),
                        sink -> producer.write(stored, tensor.elements(), new Reencoding(tensor, stored, data), sink));
            } else {
                writer.tensor(tensor.name(), tensor.type(), tensor.dims(), sink -> producer.copy(data, sink));
            }
        }

        /** One tensor's way, part by part. */
        private final class Reencoding implements TensorProducer.Maker {
            private final GgufTensor tensor;
            private final ElementType stored;
            private final MemorySegment data;

            Reencoding(GgufTensor tensor, ElementType stored, MemorySegment data) {
                this.tensor = tensor;
                this.stored = stored;
                this.data = data;
            }

            @Override
            public void make(long first, int count, float[] scratch, MemorySegment to, long offset)
                    throws UnusableModelException {
                Encoding.decode(tensor.type(), data, tensor.type().bytes(first), scratch, count);
                int refused = Encoding.firstRefused(stored, scratch, count);
                if (refused >= 0) {
                    throw unusable(
                            tensor,
                            "has " + scratch[refused] + " as element " + (first + refused) + ", the limit of " + stored
                                    + " is ±" + Encoding.largest(stored));
                }
                Encoding.encode(stored, scratch, count, to, offset);
            }

            /**
             * Gives the pages back, which would count as this process's memory. All so far, because the system maps
             * pages by the group, and reading a chunk maps some before it again.
             */
            @Override
            public void written(long first, int count) {
                data.asSlice(0, tensor.type().bytes(first + count)).unload();
            }
        }

        private UnusableModelException unusable(GgufTensor tensor, String what) {
            return new UnusableModelException(
                    file.path().getFileName() + ": tensor " + Quoted.name(tensor.name()) + " " + what);
        }
    }
}
