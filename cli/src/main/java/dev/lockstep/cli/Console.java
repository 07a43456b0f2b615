package dev.lockstep.cli;

import dev.lockstep.format.Quoted;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a command reads and writes. Results go to {@code out}, everything else to {@code err}.
 *
 * @param in the input, not buffered
 * @param out the output; what is to be seen at once must be flushed
 * @param err messages
 * @param inTerminal whether somebody types the input
 * @param outTerminal whether somebody sees the output as it comes
 * @param errTerminal whether somebody sees the messages as they come
 */
record Console(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean inTerminal,
        boolean outTerminal,
        boolean errTerminal) {
    private static final int MESSAGE_LENGTH_MAX = 1_000;

    /** The three streams of this process, text in UTF-8. */
    static Console ofProcess() {
        return new Console(
                System.in,
                stream(FileDescriptor.out, 8_192),
                stream(FileDescriptor.err, 512),
                isTerminal(0),
                isTerminal(1),
                isTerminal(2));
    }

    private static PrintStream stream(FileDescriptor file, int bufferBytes) {
        FileOutputStream raw = new FileOutputStream(file);
        return new PrintStream(new BufferedOutputStream(raw, bufferBytes), false, StandardCharsets.UTF_8);
    }

    /** Prints one line to {@code err} that names the program; whatever is in the text, it stays one line. */
    void message(String text) {
        err.println("lockstep: " + Quoted.cut(text, MESSAGE_LENGTH_MAX));
        err.flush();
    }

    /**
     * Hands on what was printed to {@code out}.
     *
     * @throws IOException if nobody takes it any more, such as a pipe whose reader has ended
     */
    void flush() throws IOException {
        if (out.checkError()) {
            throw new IOException("the output cannot be written: whoever reads it has closed it, or the disk is full");
        }
    }

    /** Whether file descriptor {@code number} is a terminal. */
    private static boolean isTerminal(int number) {
        Path descriptor = Path.of("/proc/self/fd/" + number);
        if (!Files.isSymbolicLink(descriptor)) {
            java.io.Console console = System.console();
            return console != null && console.isTerminal();
        }
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}
