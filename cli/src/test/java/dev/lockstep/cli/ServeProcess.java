package dev.lockstep.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A server that runs as users run it: a process of its own, at a free port that it tells on standard error. */
final class ServeProcess implements AutoCloseable {
    private static final int SIGTERM = 15;
    private static final String SERVING = "lockstep: serving at ";

    private final Process process;
    private final BufferedReader err;
    private final List<String> messages = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private URI uri;

    private ServeProcess(Process process) {
        this.process = process;
        this.err = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    }

    /** Starts one with these arguments, without waiting for anything. */
    static ServeProcess begin(String... args) throws IOException {
        List<String> command = new ArrayList<>();
        if (InterruptionTest.ignored(SIGTERM)) {
            command.addAll(List.of("env", "--default-signal=TERM"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Golden.REPOSITORY.resolve("jvm.args"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0"));
        command.addAll(List.of(args));
        return new ServeProcess(new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** Starts one with these arguments and waits until it serves. */
    static ServeProcess start(String... args) throws IOException {
        ServeProcess server = begin(args);
        try {
            for (String line = server.line(); ; line = server.line()) {
                if (line == null) {
                    throw new IOException("it ended before it served: " + server.messages);
                }
                if (line.startsWith(SERVING)) {
                    server.uri = URI.create(line.substring(SERVING.length()).replace("0.0.0.0", "127.0.0.1"));
                    return server;
                }
            }
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private String line() throws IOException {
        String line = err.readLine();
        if (line != null) {
            messages.add(line);
        }
        return line;
    }

    /** What it has said so far. */
    List<String> messages() {
        return messages;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body, String... headers) throws IOException, InterruptedException {
        return client.send(posted(path, body, headers), HttpResponse.BodyHandlers.ofString());
    }

    /** The lines of an answer as they come. */
    HttpResponse<Stream<String>> stream(String path, String body) throws IOException, InterruptedException {
        return client.send(posted(path, body), HttpResponse.BodyHandlers.ofLines());
    }

    private HttpRequest posted(String path, String body, String... headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return (headers.length == 0 ? builder : builder.headers(headers)).build();
    }

    /** Sends SIGTERM; {@link Process#destroy} would close its streams, too. */
    void signal() {
        process.toHandle().destroy();
    }

    /** Waits for its end, hears what it says until then, and returns the exit code. */
    int awaitEnd() throws IOException, InterruptedException {
        while (line() != null) {
            // Kept for messages().
        }
        return process.waitFor();
    }

    /** Sends SIGTERM and returns the exit code. */
    int terminate() throws IOException, InterruptedException {
        signal();
        return awaitEnd();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        client.shutdownNow();
    }
}
