package dev.lockstep.cli;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Generation;
import dev.lockstep.trace.PerfettoTrace;
import dev.lockstep.trace.Trace;
import dev.lockstep.trace.TraceSnapshot;
import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * The file that {@code --trace} names. Its place is tried before anything runs, by creating what is to become it under
 * another name beside it; it gets its own name when all of it is written, so an earlier file is there until then. What
 * is no ordinary file, such as {@code /dev/null}, is written to as it is.
 */
final class TraceFile implements Closeable {
    private final Path target;
    /** What becomes the target; the target itself if that is no ordinary file; null if there is nothing to write. */
    private final Path part;

    private final Console console;
    private final CommonFlags common;

    private TraceFile(Path target, Path part, Console console, CommonFlags common) {
        this.target = target;
        this.part = part;
        this.console = console;
        this.common = common;
    }

    /** No file: nothing is written. */
    static TraceFile none() {
        return new TraceFile(null, null, null, null);
    }

    /**
     * A file that will be written.
     *
     * @throws UsageException if it cannot be
     */
    static TraceFile at(Path target, Console console, CommonFlags common) {
        if (Files.isDirectory(target)) {
            throw refused(target, "this is a directory, a file is to be written", null);
        }
        if (Files.exists(target) && !Files.isWritable(target)) {
            throw refused(target, "this file may not be written", null);
        }
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)
                && !Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
            return new TraceFile(target, target, console, common);
        }
        return new TraceFile(target, createPart(target), console, common);
    }

    private static Path createPart(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw refused(target, "the folder " + folder + " does not exist", null);
        }
        Path part = folder.resolve(".lockstep-" + Long.toHexString(System.nanoTime()) + ".part");
        try {
            Files.createFile(part);
            // For Ctrl-C while the model is loaded, which skips the closing.
            part.toFile().deleteOnExit();
            return part;
        } catch (FileAlreadyExistsException e) {
            throw refused(target, part + " is in the way", e);
        } catch (IOException e) {
            throw refused(target, "no file may be created in " + folder, e);
        }
    }

    private static UsageException refused(Path target, String why, IOException cause) {
        return new UsageException("--trace " + target + ": " + why, cause);
    }

    /** Waits for the end of requests that have been cancelled, if not for more, and writes the engine's trace. */
    void write(Engine engine, List<Generation> ending) throws IOException {
        if (part != null) {
            ending.forEach(Generation::await);
            write(engine.trace());
        }
    }

    /**
     * Writes a trace, if a file is asked for.
     *
     * @throws IOException if it cannot be written after all
     */
    void write(Trace recorded) throws IOException {
        if (part == null) {
            return;
        }
        TraceSnapshot trace = recorded.snapshot();
        try (Writer out = Files.newBufferedWriter(part)) {
            new PerfettoTrace(trace).write(out);
        }
        if (!part.equals(target)) {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        tell(trace);
    }

    private void tell(TraceSnapshot trace) {
        if (trace.dropped() > 0 && !common.quiet) {
            console.message("the trace lacks the first " + trace.dropped() + " events, there is room for "
                    + trace.events().size());
        } else if (common.verbose) {
            console.message("trace: " + trace.events().size() + " events in " + target);
        }
    }

    /** Removes what was not written to its end. */
    @Override
    public void close() throws IOException {
        if (part != null && !part.equals(target)) {
            Files.deleteIfExists(part);
        }
    }
}
