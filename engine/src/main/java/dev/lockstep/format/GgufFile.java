package dev.lockstep.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A GGUF model file, memory-mapped and fully validated. Reads versions 2 and 3, little endian.
 *
 * <pre>
 * byte 0   ┌──────────────────────────────────────────────────────────┐
 *          │ "GGUF"                                           4 bytes │
 *          │ version                                          uint32  │
 *          │ tensor count T                                   uint64  │
 *          │ key count K                                      uint64  │
 * byte 24  ├──────────────────────────────────────────────────────────┤
 *          │ K times:  key                                    string  │
 *          │           value type                             uint32  │
 *          │           value                                          │
 *          ├──────────────────────────────────────────────────────────┤
 *          │ T times:  name                                   string  │
 *          │           number of dimensions D                 uint32  │
 *          │           D sizes, innermost first               uint64  │
 *          │           element type                           uint32  │
 *          │           offset from the start of the data      uint64  │
 *          ├──────────────────────────────────────────────────────────┤
 *          │ padding to a multiple of the alignment                   │
 *          ├──────────────────────────────────────────────────────────┤
 *          │ data: each tensor at a multiple of the alignment         │
 *          └──────────────────────────────────────────────────────────┘
 *
 * string: length in bytes uint64, then UTF-8 without a terminator
 * array:  element type uint32, count uint64, then the elements, packed
 * The alignment is the value of the key general.alignment (uint32), else 32.
 * </pre>
 *
 * <p>Source: ggml's {@code docs/gguf.md}. Version 3 differs from version 2 only in allowing big-endian files, which are
 * refused here. The limits below are ours; each is far above what published models use, and a message that refuses a
 * file names the one that it passes.
 *
 * <p>Opening copies nothing but names: values and tensors stay in the mapping. So opening a file allocates memory in
 * proportion to the number of its keys and tensors, both of which are checked against the file's length first. The
 * metadata and every slice of the data may be used from any thread until {@link #close()}; afterwards each use throws
 * {@link IllegalStateException}.
 */
public final class GgufFile implements AutoCloseable {
    /** Most keys in a file. */
    public static final int KEYS_MAX = 1 << 16;
    /** Most tensors in a file. */
    public static final int TENSORS_MAX = 1 << 18;
    /** Longest key in bytes (the format's own limit). */
    public static final int KEY_BYTES_MAX = (1 << 16) - 1;
    /**
     * Longest tensor name in bytes. The format's documentation says 64 and ggml's default build takes 63, but builds
     * with a larger limit have written longer names.
     */
    public static final int TENSOR_NAME_BYTES_MAX = 256;
    /** Longest string value in bytes. */
    public static final int STRING_BYTES_MAX = 1 << 26;
    /** Most elements in an array value. */
    public static final int ARRAY_LENGTH_MAX = 1 << 24;
    /** Deepest nesting of array values; an array of scalars has depth 1. */
    public static final int ARRAY_DEPTH_MAX = 4;
    /** Most dimensions of a tensor. */
    public static final int DIMS_MAX = 4;
    /** Smallest alignment of the data in bytes; the format wants a multiple of 8 and ggml a power of two. */
    public static final int ALIGNMENT_MIN = 8;
    /** Largest alignment of the data in bytes. */
    public static final int ALIGNMENT_MAX = 1 << 20;
    /** The alignment of a file that does not name one, in bytes. */
    public static final int ALIGNMENT_DEFAULT = 32;

    /** The key that names the alignment. */
    static final String ALIGNMENT_KEY = "general.alignment";
    /** Longest file name in characters that a message shows. */
    private static final int FILE_NAME_LENGTH_MAX = 80;

    private final Path path;
    private final Optional<BasicFileAttributes> attributes;
    private final MemorySegment file;
    private final Arena arena;
    private final GgufReader.Contents contents;
    private final Map<String, GgufTensor> tensorsByName;

    private GgufFile(
            Path path,
            Optional<BasicFileAttributes> attributes,
            MemorySegment file,
            Arena arena,
            GgufReader.Contents contents) {
        this.path = path;
        this.attributes = attributes;
        this.file = file;
        this.arena = arena;
        this.contents = contents;
        this.tensorsByName = HashMap.newHashMap(contents.tensors().size());
        for (GgufTensor tensor : contents.tensors()) {
            tensorsByName.put(tensor.name(), tensor);
        }
    }

    /**
     * Maps the file and validates everything in it but the tensors' elements.
     *
     * @throws UnusableModelException if there is no such file, it cannot be read, or its content is not valid
     * @throws IOException if the operating system fails in another way
     */
    public static GgufFile open(Path path) throws IOException {
        String name = Quoted.cut(fileName(path), FILE_NAME_LENGTH_MAX);
        try {
            return map(path, name, regular(path, name));
        } catch (FileSystemException failure) {
            throw cannotOpen(name, failure);
        }
    }

    /** What the operating system reported, as one sentence. */
    static UnusableModelException cannotOpen(String name, FileSystemException failure) {
        String reason = switch (failure) {
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "the file cannot be read: permission denied";
            default -> "the file cannot be opened: " + failure.getReason();
        };
        return new UnusableModelException(name + ": " + reason, failure);
    }

    private static String fileName(Path path) {
        return (path.getFileName() == null ? path : path.getFileName()).toString();
    }

    private static BasicFileAttributes regular(Path path, String name) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new UnusableModelException(name + ": this is a directory, not a GGUF file");
        }
        // A pipe has no length and would block the opening; a device has no end.
        if (!attributes.isRegularFile()) {
            throw new UnusableModelException(name + ": this is not a regular file, so it cannot be mapped");
        }
        return attributes;
    }

    private static GgufFile map(Path path, String name, BasicFileAttributes attributes) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            // A file that is cut short after this point takes pages of the mapping away, and touching one raises an
            // InternalError. No check here can prevent that: a model file must not be changed while it is open.
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new GgufFile(path, Optional.of(attributes), mapping, arena, GgufReader.read(mapping, name));
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    /**
     * Reads a file's bytes from memory, with the same checks.
     *
     * @param name takes the place of the file's name in messages
     * @param arena closed with the file; not closed when this method throws
     */
    static GgufFile of(MemorySegment bytes, String name, Arena arena) throws UnusableModelException {
        MemorySegment readOnly = bytes.asReadOnly();
        return new GgufFile(Path.of(name), Optional.empty(), readOnly, arena, GgufReader.read(readOnly, name));
    }

    /** Whether attributes that were read from the file's path belong to this file as it was when it was opened. */
    boolean isStill(BasicFileAttributes now) {
        return attributes
                .map(then -> then.size() == now.size()
                        && then.lastModifiedTime().equals(now.lastModifiedTime())
                        && Objects.equals(then.fileKey(), now.fileKey()))
                .orElse(false);
    }

    /** The path that the file was opened by. */
    public Path path() {
        return path;
    }

    /** The format's version, 2 or 3. */
    public int version() {
        return contents.version();
    }

    /** The alignment of the tensors' data in bytes, a power of two. */
    public long alignment() {
        return contents.alignment();
    }

    /** The file's length in bytes. */
    public long size() {
        return file.byteSize();
    }

    /** The keys and their values; usable until the file is closed. */
    public GgufMetadata metadata() {
        return contents.metadata();
    }

    /** All tensors in the order of the file's table. */
    public List<GgufTensor> tensors() {
        return contents.tensors();
    }

    /** The tensor with this name. */
    public Optional<GgufTensor> tensor(String name) {
        return Optional.ofNullable(tensorsByName.get(name));
    }

    /**
     * The data of a tensor of this file: a read-only view of the mapping, {@link GgufTensor#bytes()} long, starting at
     * a multiple of {@link #alignment()} in the file.
     *
     * @throws IllegalArgumentException if the tensor is not one of {@link #tensors()}
     * @throws IllegalStateException when the view is read after {@link #close()}
     */
    public MemorySegment data(GgufTensor tensor) {
        if (!tensor.equals(tensorsByName.get(tensor.name()))) {
            throw new IllegalArgumentException("tensor " + tensor + " is not one of this file");
        }
        return file.asSlice(tensor.offset(), tensor.bytes());
    }

    /**
     * Unmaps the file. Closing twice does nothing.
     *
     * @throws IllegalStateException if a native call is using a slice at this moment; the file then stays open
     */
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
