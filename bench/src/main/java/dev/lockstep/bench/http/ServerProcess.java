package dev.lockstep.bench.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, which says on standard error where it listens. */
public final class ServerProcess implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile(".*serving at (https?://\\S+)");
    private static final int LINES_KEPT = 20;
    private static final int SILENCE_MS = 10_000;
    private static final int BETWEEN_TRIES_MS = 5;

    private final Process process;
    private final Thread exit = Thread.ofPlatform().unstarted(this::kill);
    private final CompletableFuture<URI> address = new CompletableFuture<>();
    private final Deque<String> lastLines = new ArrayDeque<>();

    private ServerProcess(Process process) {
        this.process = process;
        // Whatever ends this process ends that one.
        Runtime.getRuntime().addShutdownHook(exit);
        Thread.ofPlatform().daemon().name("lockstep-server-output").start(this::listen);
    }

    /**
     * Starts one.
     *
     * @throws IOException if the program cannot be started
     */
    public static ServerProcess start(List<String> command) throws IOException {
        return new ServerProcess(new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    private void listen() {
        try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
            for (String line = err.readLine(); line != null; line = err.readLine()) {
                keep(line);
                Matcher matcher = ADDRESS.matcher(line);
                if (matcher.matches()) {
                    address.complete(URI.create(matcher.group(1)));
                }
            }
        } catch (IOException e) {
            keep(e.getMessage());
        }
        address.completeExceptionally(new IOException("the server ended before it served: " + lastWords()));
    }

    private synchronized void keep(String line) {
        lastLines.addLast(line);
        if (lastLines.size() > LINES_KEPT) {
            lastLines.removeFirst();
        }
    }

    /** The last lines that it said, after each other. */
    public synchronized String lastWords() {
        return String.join(" | ", lastLines);
    }

    /**
     * Where it listens; waits until it says so.
     *
     * @throws IOException if it ends before, or says nothing for too long
     */
    public URI address(int secondsMax) throws IOException, InterruptedException {
        try {
            return address.get(secondsMax, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the server did not serve within " + secondsMax + " s: " + lastWords(), e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        }
    }

    /**
     * Waits until a server is ready: connects and asks again until it says so.
     *
     * @throws IOException if it is not within this time
     */
    public static void awaitReady(URI server, int secondsMax) throws IOException {
        awaitStatus(server, secondsMax, connection -> connection.get("/health/ready"));
    }

    /** How something is asked on a connection. */
    interface Question {
        void askOn(HttpConnection connection) throws IOException;
    }

    /** Asks again and again until the answer is 200; returns when its last byte is there. */
    static void awaitStatus(URI server, int secondsMax, Question question) throws IOException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
        String why = "";
        while (System.nanoTime() - endNs < 0) {
            try (HttpConnection connection = new HttpConnection(server, SILENCE_MS)) {
                question.askOn(connection);
                int status = connection.head().status();
                connection.body();
                if (status == 200) {
                    return;
                }
                why = "status " + status;
            } catch (IOException e) {
                why = e.getMessage();
            }
            pause();
        }
        throw new IOException("the server at " + server + " was not ready within " + secondsMax + " s: " + why);
    }

    private static void pause() throws InterruptedIOException {
        try {
            Thread.sleep(BETWEEN_TRIES_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** What it takes of the machine. */
    public ProcessUse use() {
        return new ProcessUse(process.pid());
    }

    /** Whether it still runs. */
    public boolean alive() {
        return process.isAlive();
    }

    /** Ends it at once, without a chance to do anything ({@code SIGKILL}), and waits until it is gone. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
        try {
            Runtime.getRuntime().removeShutdownHook(exit);
        } catch (IllegalStateException e) {
            // This process is ending already.
        }
    }
}
