package dev.lockstep.format;

import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.Owned;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * A model file's tensors for whoever outlives its {@link GgufFile}: the file is opened once more, and must still be the
 * one that was validated.
 *
 * <p>There are two ways. A reader that <b>copies</b> reads pieces into memory of the caller's, and nothing of the file
 * counts as this process's memory. A reader that <b>maps</b> gives views of the file itself, whose pages count as the
 * process's for as long as the operating system leaves them there. Thread-safe, but for {@link #close}.
 */
public final class TensorReader implements Owned.Resource {
    private final String name;
    private final Optional<PositionalFile> file;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment mapping;

    private TensorReader(GgufFile of, boolean copies) throws UnusableModelException {
        this.name = of.path().getFileName().toString();
        this.file = copies ? PositionalFile.open(of.path()) : Optional.empty();
        try {
            // Where pieces cannot be read at a position, they are copied out of a mapping.
            this.mapping = file.isPresent() ? MemorySegment.NULL : map(of);
            checkUnchanged(of);
        } catch (IOException e) {
            close();
            throw switch (e) {
                case UnusableModelException clear -> clear;
                case FileSystemException failure -> GgufFile.cannotOpen(name, failure);
                default -> new UnusableModelException(name + ": the file cannot be opened: " + e, e);
            };
        }
    }

    /**
     * A reader that copies.
     *
     * @throws UnusableModelException if the file cannot be opened again, or is another one now
     */
    public static TensorReader copying(GgufFile file) throws UnusableModelException {
        return new TensorReader(file, true);
    }

    /**
     * A reader that maps, and can copy too.
     *
     * @throws UnusableModelException if the file cannot be opened again, or is another one now
     */
    public static TensorReader mapping(GgufFile file) throws UnusableModelException {
        return new TensorReader(file, false);
    }

    private MemorySegment map(GgufFile of) throws IOException {
        try (FileChannel channel = FileChannel.open(of.path(), StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    private void checkUnchanged(GgufFile of) throws IOException {
        BasicFileAttributes now = Files.readAttributes(of.path(), BasicFileAttributes.class);
        if (!of.isStill(now) || file.isEmpty() && mapping.byteSize() != of.size()) {
            throw new UnusableModelException(name + ": the file was changed while it was being opened");
        }
    }

    /**
     * Copies {@code bytes} bytes of a tensor, from byte {@code offset} of its data on, to {@code address}.
     *
     * @throws UnusableModelException if the file cannot be read
     */
    public void read(GgufTensor tensor, long offset, long bytes, long address) throws UnusableModelException {
        if (offset < 0 || bytes < 0 || bytes > tensor.bytes() - offset) {
            throw new IllegalArgumentException(bytes + " bytes from byte " + offset + " of tensor " + tensor);
        }
        if (file.isEmpty()) {
            MemorySegment.copy(mapping, tensor.offset() + offset, Memory.ALL, address, bytes);
            return;
        }
        try {
            file.get().read(tensor.offset() + offset, bytes, address);
        } catch (IOException e) {
            throw unusable(tensor, "cannot be read: " + e.getMessage());
        }
    }

    /**
     * The data of a tensor, a view of the file.
     *
     * @throws IllegalStateException if this reader does not map
     */
    public MemorySegment data(GgufTensor tensor) {
        if (file.isPresent()) {
            throw new IllegalStateException("a reader that copies has no views");
        }
        return mapping.asSlice(tensor.offset(), tensor.bytes());
    }

    /** The sentence for a tensor that cannot be used, after the file's and its own name. */
    public UnusableModelException unusable(GgufTensor tensor, String what) {
        return new UnusableModelException(name + ": tensor " + Quoted.name(tensor.name()) + " " + what);
    }

    /** Closes the file; views of it must not be used any more. Nobody may be reading. */
    @Override
    public void close() {
        file.ifPresent(PositionalFile::close);
        arena.close();
    }
}
