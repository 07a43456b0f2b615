package dev.lockstep.bench.http;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * A server that dies without warning while it streams, and how long it takes until another one answers in its place.
 */
public final class KillExperiment {
    private static final int START_SECONDS_MAX = 120;
    private static final int SILENCE_MS = 120_000;
    private static final String PATH = "/v1/completions";

    /**
     * What was seen.
     *
     * @param streamsCut streams that were open when the server was killed, and ended for their clients
     * @param addressMs from the start of the next server until it says that it serves
     * @param answerMs from there until the first completion was there to its last byte
     */
    public record Result(int streamsCut, double addressMs, double answerMs) {}

    private final IntFunction<List<String>> command;
    private final byte[] stream;
    private final byte[] question;

    /**
     * @param command starts a server at a port, 0 for any
     * @param prompt token ids
     * @param tokens tokens that a stream asks for; many, so that it goes on when the server is killed
     */
    public KillExperiment(IntFunction<List<String>> command, int[] prompt, int tokens) {
        this.command = command;
        String front = "{\"prompt\": [" + CheckedRequest.joined(prompt) + "], \"temperature\": 0, \"max_tokens\": ";
        this.stream = (front + tokens + ", \"stream\": true}").getBytes(StandardCharsets.US_ASCII);
        this.question = (front + "1}").getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Starts a server, opens streams, kills it, starts another one at the same port, and asks that until it answers.
     */
    public Result run(int streams) throws IOException, InterruptedException {
        URI address;
        int cut;
        try (ServerProcess server = ServerProcess.start(command.apply(0))) {
            address = server.address(START_SECONDS_MAX);
            ServerProcess.awaitReady(address, START_SECONDS_MAX);
            cut = killWhileStreaming(server, address, streams);
        }
        long beginNs = System.nanoTime();
        try (ServerProcess server = ServerProcess.start(command.apply(address.getPort()))) {
            URI again = server.address(START_SECONDS_MAX);
            double addressMs = (System.nanoTime() - beginNs) / 1e6;
            ServerProcess.awaitStatus(again, START_SECONDS_MAX, connection -> connection.post(PATH, question));
            return new Result(cut, addressMs, (System.nanoTime() - beginNs) / 1e6);
        }
    }

    /** Kills the server when every stream has begun; returns how many clients saw theirs end before its time. */
    private int killWhileStreaming(ServerProcess server, URI address, int streams) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(streams);
        CountDownLatch cut = new CountDownLatch(streams);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < streams; i++) {
                threads.submit(() -> readUntilCut(address, begun, cut));
            }
            boolean _ = begun.await(SILENCE_MS, TimeUnit.MILLISECONDS);
            server.kill();
        }
        return streams - (int) cut.getCount();
    }

    private void readUntilCut(URI address, CountDownLatch begun, CountDownLatch cut) {
        try (HttpConnection connection = new HttpConnection(address, SILENCE_MS)) {
            connection.post(PATH, stream);
            connection.head();
            connection.piece();
            begun.countDown();
            connection.body();
        } catch (IOException e) {
            begun.countDown();
            cut.countDown();
        }
    }
}
