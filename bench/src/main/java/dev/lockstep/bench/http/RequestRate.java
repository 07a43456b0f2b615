package dev.lockstep.bench.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many small requests a second a server answers on connections that stay open, each with one request at a time. All
 * connections belong to one thread and are not blocking, so that the clients take as little of the machine as they can:
 * it is the server that is measured, and both share the cores.
 */
public final class RequestRate {
    private static final Pattern HEAD = Pattern.compile(
            "HTTP/1\\.1 (\\d{3}).*?\\r\\ncontent-length: (\\d+)\\r\\n.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final int ANSWER_BYTES_MAX = 64 << 10;
    private static final long SILENCE_MS_MAX = 60_000;

    /**
     * What is asked.
     *
     * @param name what it is called
     * @param bytes the request, whole
     */
    public record Question(String name, byte[] bytes) {
        /** A GET. */
        public static Question get(URI server, String path) {
            String head = "GET " + path + " HTTP/1.1\r\nHost: " + server.getAuthority() + "\r\n\r\n";
            return new Question("GET " + path, head.getBytes(StandardCharsets.US_ASCII));
        }

        /** A POST of JSON. */
        public static Question post(URI server, String path, String json) {
            return new Question(
                    "POST " + path,
                    HttpConnection.postBytes(server.getAuthority(), path, json.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /**
     * What was measured.
     *
     * @param question what was asked
     * @param clients connections
     * @param answers answers in the time that was measured
     * @param seconds that time
     * @param cpu what the server took of the processors meanwhile; all NaN if that is not known
     */
    public record Figures(String question, int clients, long answers, double seconds, ProcessUse.Cpu cpu) {
        /** Answers a second. */
        public double perSecond() {
            return answers / seconds;
        }

        /** CPU time of the server without engine, compilers and collector for one answer, in microseconds. */
        public double httpMicros() {
            return cpu.http() / answers * 1e6;
        }
    }

    private final Selector selector;
    private final Question question;
    private final ByteBuffer buffer = ByteBuffer.allocate(ANSWER_BYTES_MAX);
    private final int clients;
    private long answers;

    /** A connection, and what has come of its answer. */
    private static final class Client {
        private final ByteBuffer request;
        private final StringBuilder answer = new StringBuilder();
        private int missing = -1;

        Client(byte[] request) {
            this.request = ByteBuffer.wrap(request);
        }
    }

    private RequestRate(Selector selector, Question question, int clients) {
        this.selector = selector;
        this.question = question;
        this.clients = clients;
    }

    /**
     * Asks for some time.
     *
     * @param warmUp seconds before the measurement
     * @param seconds of the measurement; longer if there are fewer answers than clients by then
     * @param cpu tells what the server has taken so far
     * @throws IOException if an answer is not 200, has no length, or a connection ends
     */
    public static Figures measure(
            URI server, Question question, int clients, double warmUp, double seconds, Supplier<ProcessUse.Cpu> cpu)
            throws IOException {
        try (Selector selector = Selector.open()) {
            RequestRate rate = new RequestRate(selector, question, clients);
            List<SocketChannel> channels = new ArrayList<>();
            try {
                for (int i = 0; i < clients; i++) {
                    channels.add(rate.connect(server));
                }
                rate.run(warmUp);
                rate.answers = 0;
                ProcessUse.Cpu before = cpu.get();
                double took = rate.run(seconds);
                return new Figures(
                        question.name, clients, rate.answers, took, cpu.get().since(before));
            } finally {
                for (SocketChannel channel : channels) {
                    channel.close();
                }
            }
        }
    }

    private SocketChannel connect(URI server) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(server.getHost(), server.getPort()));
        channel.configureBlocking(false);
        channel.socket().setTcpNoDelay(true);
        Client client = new Client(question.bytes);
        channel.register(selector, SelectionKey.OP_READ, client);
        send(channel, client);
        return channel;
    }

    /** A small request fits the system's buffer, which is empty: the one before has been answered. */
    private static void send(SocketChannel channel, Client client) throws IOException {
        client.request.rewind();
        channel.write(client.request);
        if (client.request.hasRemaining()) {
            throw new IOException("a request of " + client.request.limit() + " bytes could not be sent at once");
        }
    }

    /** Goes on for this time, and until there are as many answers as clients. */
    private double run(double seconds) throws IOException {
        long beginNs = System.nanoTime();
        long endNs = beginNs + (long) (seconds * 1e9);
        long heardNs = beginNs;
        long now = beginNs;
        while (now - endNs < 0 || answers < clients) {
            long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(endNs - now));
            int ready = selector.select(this::read, leftMs);
            now = System.nanoTime();
            heardNs = ready > 0 ? now : heardNs;
            if (now - heardNs > TimeUnit.MILLISECONDS.toNanos(SILENCE_MS_MAX)) {
                throw new IOException("the server answered nothing for " + SILENCE_MS_MAX + " ms");
            }
        }
        return (now - beginNs) / 1e9;
    }

    private void read(SelectionKey key) {
        try {
            SocketChannel channel = (SocketChannel) key.channel();
            Client client = (Client) key.attachment();
            buffer.clear();
            if (channel.read(buffer) < 0) {
                throw new IOException("the server ended a connection");
            }
            take(client, new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1));
            if (client.missing == 0) {
                client.missing = -1;
                client.answer.setLength(0);
                answers++;
                send(channel, client);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void take(Client client, String piece) throws IOException {
        if (client.missing >= 0) {
            client.missing -= piece.length();
            return;
        }
        client.answer.append(piece);
        int end = client.answer.indexOf("\r\n\r\n");
        if (end < 0) {
            return;
        }
        Matcher head = HEAD.matcher(client.answer.substring(0, end + 2));
        if (!head.matches() || !head.group(1).equals("200")) {
            throw new IOException(question.name + " was answered " + client.answer);
        }
        client.missing = Integer.parseInt(head.group(2)) - (client.answer.length() - end - 4);
    }
}
