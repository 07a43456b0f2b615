package dev.lockstep.cli;

import dev.lockstep.train.run.Checkpoint;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * Where a run keeps all that it makes:
 *
 * <pre>
 * corpus/                       the prepared corpus, unless another was named
 * step-0000000100.checkpoint    the last two checkpoints
 * history.csv                   the losses
 * arguments.txt                 what the run was started with, one flag a line
 * NAME-q8_0.gguf, NAME.svg, NAME.md    at the end
 * lock                          while it runs
 * </pre>
 */
record TrainFolder(Path root) {
    private static final String ARGUMENTS = "arguments.txt";
    private static final String LOCK = "lock";

    /** Refuses a path where no folder can be. */
    TrainFolder {
        if (Files.exists(root) && !Files.isDirectory(root)) {
            throw new UsageException("--out is " + root + ", which is a file; it must be a folder");
        }
    }

    Optional<Path> checkpoint() throws IOException {
        return Checkpoint.newest(root);
    }

    Path corpus() {
        return root.resolve("corpus");
    }

    Path history() {
        return root.resolve("history.csv");
    }

    /** What the run was started with. */
    List<String> arguments() throws IOException {
        Path file = root.resolve(ARGUMENTS);
        if (!Files.isRegularFile(file)) {
            throw new UsageException("--resume takes the run's flags from " + file + ", which is missing");
        }
        return Files.readAllLines(file);
    }

    void writeArguments(List<String> arguments) throws IOException {
        Path unfinished = root.resolve(ARGUMENTS + ".unfinished");
        Files.write(unfinished, arguments);
        Files.move(
                unfinished,
                root.resolve(ARGUMENTS),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Keeps other processes from training in this folder. */
    record Lock(FileChannel channel, Path file) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            Files.deleteIfExists(file);
            channel.close();
        }
    }

    /**
     * Makes the folder and takes its lock.
     *
     * @throws IOException if another run has it
     */
    Lock lock() throws IOException {
        Files.createDirectories(root);
        Path file = root.resolve(LOCK);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (taken(channel)) {
            return new Lock(channel, file);
        }
        channel.close();
        throw new IOException(root + ": another run is training in this folder");
    }

    private static boolean taken(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
