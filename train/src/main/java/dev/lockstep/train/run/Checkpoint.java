package dev.lockstep.train.run;

import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.optimise.OptimiserState;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/**
 * A run's state after a step, in a file {@code step-0000000023.checkpoint}:
 *
 * <pre>
 *   byte 0    "LSCHECK1"
 *   byte 8    int64     steps that were run
 *   byte 16   int32     n, bytes of the identity
 *   byte 20   n bytes   identity: plan, text and target as lines, UTF-8
 *             floats    weights, means, variances: each as {@link dev.lockstep.train.model.ParameterLayout} has it
 *             32 bytes  SHA-256 of all above
 * </pre>
 *
 * Integers and floats are little-endian. A file gets its name when all of it has reached the disk, and the one before
 * it stays; so whenever a run is killed, a folder's newest checkpoint is a whole one.
 */
public final class Checkpoint {
    private static final byte[] MAGIC = "LSCHECK1".getBytes(StandardCharsets.US_ASCII);
    private static final String PREFIX = "step-";
    private static final String SUFFIX = ".checkpoint";
    private static final String UNFINISHED = ".unfinished";
    private static final int KEPT = 2;
    private static final int HEAD_BYTES = 20;
    private static final int DIGEST_BYTES = 32;
    private static final int IDENTITY_BYTES_MAX = 1 << 16;
    private static final int CHUNK_BYTES = 1 << 22;

    private Checkpoint() {}

    /** The newest checkpoint of a folder, if there is one. */
    public static Optional<Path> newest(Path folder) throws IOException {
        return Files.isDirectory(folder) ? Optional.ofNullable(all(folder).peekLast()) : Optional.empty();
    }

    private static ArrayDeque<Path> all(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayDeque<>(files.filter(Checkpoint::isCheckpoint)
                    .sorted(Comparator.comparing(file -> file.getFileName().toString()))
                    .toList());
        }
    }

    private static boolean isCheckpoint(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
    }

    static Path write(Path folder, long step, String identity, ParameterMemory weights, OptimiserState state)
            throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(PREFIX + "%010d".formatted(step) + SUFFIX);
        Path unfinished = folder.resolve(file.getFileName() + UNFINISHED);
        writeAll(unfinished, step, identity, parts(weights, state));
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(folder);
        ArrayDeque<Path> files = all(folder);
        while (files.size() > KEPT) {
            Files.delete(files.removeFirst());
        }
        return file;
    }

    private static List<MemorySegment> parts(ParameterMemory weights, OptimiserState state) {
        return List.of(
                weights.region().segment(),
                state.means().region().segment(),
                state.variances().region().segment());
    }

    private static void writeAll(Path file, long step, String identity, List<MemorySegment> parts) throws IOException {
        byte[] text = identity.getBytes(StandardCharsets.UTF_8);
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES + text.length).order(ByteOrder.LITTLE_ENDIAN);
        head.put(MAGIC).putLong(step).putInt(text.length).put(text).flip();
        MessageDigest digest = TokenHash.sha256();
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            write(channel, digest, head);
            for (MemorySegment part : parts) {
                for (long at = 0; at < part.byteSize(); at += CHUNK_BYTES) {
                    long bytes = Math.min(CHUNK_BYTES, part.byteSize() - at);
                    write(channel, digest, part.asSlice(at, bytes).asByteBuffer());
                }
            }
            ByteBuffer sum = ByteBuffer.wrap(digest.digest());
            while (sum.hasRemaining()) {
                channel.write(sum);
            }
            channel.force(true);
        }
    }

    private static void write(FileChannel channel, MessageDigest digest, ByteBuffer bytes) throws IOException {
        digest.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Makes the name itself last; where a folder cannot be opened, the system sees to that. */
    private static void sync(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /**
     * Fills weights and state if all of the file is right.
     *
     * @param identity the identity that a run at a step must have
     * @return the number of steps that were run
     */
    static long read(Path file, LongFunction<String> identity, ParameterMemory weights, OptimiserState state)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer head = head(file, channel);
            List<MemorySegment> parts = parts(weights, state);
            byte[] text = new byte[head.getInt(MAGIC.length + Long.BYTES)];
            head.get(HEAD_BYTES, text);
            long step = head.getLong(MAGIC.length);
            checkIdentity(file, new String(text, StandardCharsets.UTF_8), identity.apply(step));
            long expected = head.limit()
                    + parts.stream().mapToLong(MemorySegment::byteSize).sum()
                    + DIGEST_BYTES;
            if (channel.size() != expected) {
                throw new CheckpointException(
                        file + ": this checkpoint has " + channel.size() + " bytes, it should have " + expected + ".");
            }
            checkDigest(file, channel);
            channel.position(head.limit());
            for (MemorySegment part : parts) {
                for (long at = 0; at < part.byteSize(); at += CHUNK_BYTES) {
                    long bytes = Math.min(CHUNK_BYTES, part.byteSize() - at);
                    readFully(file, channel, part.asSlice(at, bytes).asByteBuffer());
                }
            }
            return step;
        }
    }

    private static ByteBuffer head(Path file, FileChannel channel) throws IOException {
        if (channel.size() < HEAD_BYTES + DIGEST_BYTES) {
            throw new CheckpointException(file + ": this checkpoint has only " + channel.size() + " bytes.");
        }
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES + IDENTITY_BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);
        readFully(file, channel, head.limit(HEAD_BYTES));
        byte[] magic = new byte[MAGIC.length];
        head.get(0, magic);
        int n = head.getInt(MAGIC.length + Long.BYTES);
        if (!Arrays.equals(magic, MAGIC) || n < 0 || n > IDENTITY_BYTES_MAX) {
            throw new CheckpointException(file + ": this is not a checkpoint of this program.");
        }
        readFully(file, channel, head.limit(HEAD_BYTES + n));
        return head;
    }

    private static void checkIdentity(Path file, String found, String wanted) throws CheckpointException {
        List<String> theirs = found.lines().toList();
        List<String> ours = wanted.lines().toList();
        for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
            if (!theirs.get(i).equals(ours.get(i))) {
                throw new CheckpointException(file + ": this checkpoint is of another run, it has " + theirs.get(i)
                        + " and this run " + ours.get(i) + ".");
            }
        }
        if (theirs.size() != ours.size()) {
            throw new CheckpointException(file + ": this checkpoint is of another version of this program.");
        }
    }

    private static void checkDigest(Path file, FileChannel channel) throws IOException {
        MessageDigest digest = TokenHash.sha256();
        ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
        channel.position(0);
        for (long left = channel.size() - DIGEST_BYTES; left > 0; left -= buffer.limit()) {
            buffer.clear().limit((int) Math.min(left, CHUNK_BYTES));
            readFully(file, channel, buffer);
            digest.update(buffer.flip());
        }
        ByteBuffer sum = ByteBuffer.allocate(DIGEST_BYTES);
        readFully(file, channel, sum);
        if (!MessageDigest.isEqual(sum.array(), digest.digest())) {
            throw new CheckpointException(
                    file + ": this checkpoint is damaged, its checksum is not that of its content.");
        }
    }

    private static void readFully(Path file, FileChannel channel, ByteBuffer to) throws IOException {
        while (to.hasRemaining()) {
            if (channel.read(to) < 0) {
                throw new CheckpointException(file + ": this checkpoint ends at byte " + channel.position() + ".");
            }
        }
    }
}
