package dev.lockstep.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file that is read at given positions by the operating system's {@code pread}, straight into memory.
 *
 * <p>Why not a {@link java.nio.channels.FileChannel}: that closes itself when a thread that reads is interrupted, for all
 * other readers too, and an engine's thread is interrupted when the engine closes. This is for Linux and macOS; elsewhere
 * there is none.
 */
@SuppressWarnings("restricted") // calling the operating system is its purpose
final class PositionalFile implements AutoCloseable {
    private static final Optional<Calls> CALLS = Calls.find();

    private final Calls calls;
    private final int descriptor;
    private boolean closed;

    private PositionalFile(Calls calls, int descriptor) {
        this.calls = calls;
        this.descriptor = descriptor;
    }

    /** Opens a file for reading; empty where there are no such calls, or the operating system refuses. */
    static Optional<PositionalFile> open(Path path) {
        return CALLS.flatMap(calls -> {
            int descriptor = calls.open(path.toAbsolutePath().toString());
            return descriptor < 0 ? Optional.empty() : Optional.of(new PositionalFile(calls, descriptor));
        });
    }

    /**
     * Reads {@code bytes} bytes to {@code address}. Thread-safe; not to be called after {@link #close}.
     *
     * @throws IOException if the operating system fails, or the file ends before
     */
    void read(long position, long bytes, long address) throws IOException {
        long done = 0;
        while (done < bytes) {
            long count = calls.read(descriptor, address + done, bytes - done, position + done);
            if (count == 0) {
                throw new IOException("the file ends before byte " + (position + bytes));
            }
            if (count < 0) {
                throw new IOException("the operating system failed to read " + (bytes - done) + " bytes at byte "
                        + (position + done));
            }
            done += count;
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            calls.close(descriptor);
        }
    }

    private record Calls(MethodHandle open, MethodHandle pread, MethodHandle close) {
        static Optional<Calls> find() {
            String os = System.getProperty("os.name");
            if (!os.equals("Linux") && !os.startsWith("Mac")) {
                return Optional.empty();
            }
            Linker linker = Linker.nativeLinker();
            SymbolLookup libc = linker.defaultLookup();
            ValueLayout.OfLong l = ValueLayout.JAVA_LONG;
            ValueLayout.OfInt i = ValueLayout.JAVA_INT;
            return Optional.of(new Calls(
                    linker.downcallHandle(
                            libc.findOrThrow("open"),
                            FunctionDescriptor.of(i, l, i),
                            Linker.Option.firstVariadicArg(2)),
                    linker.downcallHandle(libc.findOrThrow("pread"), FunctionDescriptor.of(l, i, l, l, l)),
                    linker.downcallHandle(libc.findOrThrow("close"), FunctionDescriptor.of(i, i))));
        }

        /** A descriptor, or −1. */
        int open(String path) {
            try (Arena arena = Arena.ofConfined()) {
                // File names are bytes to the operating system; this is the encoding in which Java read them.
                Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", StandardCharsets.UTF_8.name()));
                MemorySegment name = arena.allocateFrom(path, names);
                return (int) open.invokeExact(name.address(), 0); // O_RDONLY
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        long read(int descriptor, long address, long bytes, long position) {
            try {
                return (long) pread.invokeExact(descriptor, address, bytes, position);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        void close(int descriptor) {
            try {
                int _ = (int) close.invokeExact(descriptor);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }
}
