package dev.lockstep.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A program that is spoken to, and speaks, in JSON objects, one a line. A thread of its own reads what it says. */
final class PeerLines implements AutoCloseable {
    private static final int LINE_BYTES_MAX = 16 << 20;

    /** Hears the program, in the reading thread. */
    interface Listener {
        /** It said something. */
        void said(JsonNode line);

        /** It will say nothing more, for this reason, a clause. */
        void ended(String why);
    }

    private final Process process;
    private final Path err;
    private final Listener listener;
    private final Interruption interruption;
    private volatile long heardNs = System.nanoTime();

    private PeerLines(Process process, Path err, Listener listener) {
        this.process = process;
        this.err = err;
        this.listener = listener;
        this.interruption = Interruption.runs(process::destroyForcibly);
        Thread.ofPlatform().daemon().name("lockstep-peer").start(this::listen);
    }

    /**
     * Starts a program.
     *
     * @throws IOException if it cannot be started
     */
    static PeerLines start(List<String> command, Listener listener) throws IOException {
        Path err = Files.createTempFile("lockstep-peer-", ".log");
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(err.toFile()).start();
            return new PeerLines(process, err, listener);
        } catch (IOException e) {
            Files.delete(err);
            throw e;
        }
    }

    /**
     * Says a line.
     *
     * @param line with its line feed
     * @throws IOException if the program no longer listens
     */
    synchronized void say(byte[] line) throws IOException {
        process.getOutputStream().write(line);
        process.getOutputStream().flush();
    }

    /** When it said something last, by {@link System#nanoTime}. */
    long heardNs() {
        return heardNs;
    }

    private void listen() {
        try (InputStream in = new BufferedInputStream(process.getInputStream())) {
            for (String line = readLine(in); line != null; line = readLine(in)) {
                heardNs = System.nanoTime();
                listener.said(parse(line));
            }
            listener.ended("it ended with exit code " + process.waitFor() + PeerProcess.excerpt(err));
        } catch (IOException e) {
            listener.ended(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next line; null at the end. */
    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return line.size() == 0 ? null : line.toString(StandardCharsets.UTF_8);
            }
            if (line.size() == LINE_BYTES_MAX) {
                throw new IOException("it printed a line of more than " + LINE_BYTES_MAX + " bytes");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static JsonNode parse(String line) throws IOException {
        try {
            JsonNode node = JsonMapper.shared().readTree(line);
            if (node.isObject()) {
                return node;
            }
        } catch (JacksonException e) {
            throw new IOException("it printed a line that is no JSON object" + PeerProcess.excerpt(line), e);
        }
        throw new IOException("it printed a line that is no JSON object" + PeerProcess.excerpt(line));
    }

    /** Ends the program. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        interruption.close();
        Files.deleteIfExists(err);
    }
}
