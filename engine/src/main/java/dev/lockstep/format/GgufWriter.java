package dev.lockstep.format;

import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Writes a GGUF file of version 3 (layout: {@link GgufFile}). Metadata and tensors are added in the order in which they
 * shall stand in the file; equal input gives equal bytes. The data is aligned to the key {@code general.alignment} if
 * it was put, else to {@value GgufFile#ALIGNMENT_DEFAULT} bytes, and the end of the file is padded too.
 *
 * <pre>{@code
 * new GgufWriter()
 *         .copyMetadata(source.metadata(), "general.file_type")
 *         .putUint32("general.file_type", 7)
 *         .tensor("output.weight", ElementType.Q8_0, new long[] {columns, rows}, sink -> quantise(weights, sink))
 *         .write(target);
 * }</pre>
 */
public final class GgufWriter extends GgufEntries<GgufWriter> {
    private static final int VERSION = 3;

    private final List<Entry> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /** Starts with no keys and no tensors. */
    public GgufWriter() {}

    /** Makes a tensor's data when it is its turn to be written. */
    @FunctionalInterface
    public interface TensorData {
        /** Passes all bytes of the tensor to the sink, in order, in any number of pieces. */
        void writeTo(TensorSink sink) throws IOException;
    }

    /** Takes a tensor's data. */
    @FunctionalInterface
    public interface TensorSink {
        /**
         * Writes the bytes, which may be changed as soon as the method returns.
         *
         * @throws IllegalStateException if the tensor would get more bytes than its shape takes
         */
        void write(MemorySegment bytes) throws IOException;
    }

    private record Entry(String name, ElementType type, long[] dims, long bytes, TensorData data) {}

    /**
     * Adds a tensor whose data is made later.
     *
     * @param name not used before
     * @param dims 1 to 4 sizes, innermost first
     * @throws IllegalArgumentException if the name is too long or taken or the shape is not valid for the type
     */
    public GgufWriter tensor(String name, ElementType type, long[] dims, TensorData data) {
        GgufEncoding.checkUtf8("tensor name", name, GgufFile.TENSOR_NAME_BYTES_MAX);
        long bytes = GgufTensor.bytesOf(name, type, dims);
        if (tensors.size() == GgufFile.TENSORS_MAX) {
            throw new IllegalArgumentException("tensor " + Quoted.name(name) + " is one more than the limit of "
                    + GgufFile.TENSORS_MAX + " tensors");
        }
        if (!names.add(name)) {
            throw new IllegalArgumentException("tensor " + Quoted.name(name) + " is already there");
        }
        tensors.add(new Entry(name, type, dims.clone(), bytes, data));
        return this;
    }

    /** Adds a tensor with the bytes of {@code data}, which is read when the file is written. */
    public GgufWriter tensor(String name, ElementType type, long[] dims, MemorySegment data) {
        long bytes = GgufTensor.bytesOf(name, type, dims);
        if (data.byteSize() != bytes) {
            throw new IllegalArgumentException("tensor " + Quoted.name(name) + " has " + data.byteSize()
                    + " bytes of data, its shape takes " + bytes);
        }
        return tensor(name, type, dims, sink -> sink.write(data));
    }

    /**
     * Writes the file beside its place under another name and moves it there when it is complete. So {@code target} is
     * the old file, if there was one, or the complete new one at any moment, and stays as it was when writing fails.
     *
     * @throws IllegalStateException if a tensor's data was not as long as its shape takes
     * @throws IOException if the file cannot be written
     */
    public void write(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new IOException(target + ": this is a directory, a file is to be written");
        }
        Path folder = target.toAbsolutePath().getParent();
        Path part = folder.resolve(".lockstep-" + Long.toHexString(System.nanoTime()) + ".part");
        FileChannel channel = create(part, target);
        try {
            try (channel) {
                write(channel);
                channel.force(true);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            // After the move there is nothing under this name any more.
            Files.deleteIfExists(part);
        }
    }

    private static FileChannel create(Path part, Path target) throws IOException {
        try {
            return FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        } catch (NoSuchFileException missing) {
            throw new IOException(target + ": the folder " + part.getParent() + " does not exist", missing);
        } catch (AccessDeniedException denied) {
            throw new IOException(target + ": no file may be created in " + part.getParent(), denied);
        }
    }

    /** Writes the file's bytes. */
    void write(WritableByteChannel channel) throws IOException {
        writeTo(new GgufOutput(channel));
    }

    private void writeTo(GgufOutput out) throws IOException {
        GgufValue named = values().get(GgufFile.ALIGNMENT_KEY);
        long alignment = named == null ? GgufFile.ALIGNMENT_DEFAULT : named.asLong();
        out.int32(GgufReader.MAGIC);
        out.int32(VERSION);
        out.int64(tensors.size());
        out.int64(values().size());
        writeMetadata(out);
        writeTable(out, alignment);
        out.pad(alignment);
        for (Entry tensor : tensors) {
            writeData(tensor, out);
            out.pad(alignment);
        }
        out.flush();
    }

    private void writeMetadata(GgufOutput out) throws IOException {
        for (var entry : values().entrySet()) {
            out.string(entry.getKey());
            out.int32(entry.getValue().type().id());
            out.write(entry.getValue().raw());
        }
    }

    private void writeTable(GgufOutput out, long alignment) throws IOException {
        long offset = 0;
        for (Entry tensor : tensors) {
            out.string(tensor.name());
            out.int32(tensor.dims().length);
            for (long dim : tensor.dims()) {
                out.int64(dim);
            }
            out.int32(tensor.type().id());
            out.int64(offset);
            offset = GgufTensorTable.alignUp(Math.addExact(offset, tensor.bytes()), alignment);
        }
    }

    private static void writeData(Entry tensor, GgufOutput out) throws IOException {
        long end = out.position() + tensor.bytes();
        tensor.data().writeTo(bytes -> {
            if (bytes.byteSize() > end - out.position()) {
                throw new IllegalStateException("tensor " + Quoted.name(tensor.name()) + " got more than the "
                        + tensor.bytes() + " bytes that its shape takes");
            }
            out.write(bytes);
        });
        if (out.position() != end) {
            throw new IllegalStateException("tensor " + Quoted.name(tensor.name()) + " got "
                    + (tensor.bytes() - (end - out.position())) + " bytes, its shape takes " + tensor.bytes());
        }
    }

    @Override
    GgufWriter self() {
        return this;
    }
}
