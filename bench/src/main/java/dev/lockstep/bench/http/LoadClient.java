package dev.lockstep.bench.http;

import dev.lockstep.bench.http.HttpLoadOptions.Manner;
import dev.lockstep.bench.http.LoadTally.Fate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;

/** One client of a load, in a thread of its own: asks, reads, checks what it got, and asks again. */
final class LoadClient implements AutoCloseable {
    private static final String PATH = "/v1/completions";
    private static final int TOO_MANY = 429;

    /** A small window, so that what the reader does not take stays with the server. */
    private static final int SLOW_RECEIVE_BYTES = 4_096;

    /** Most pieces that a client reads before it goes away; an answer is left after one of its first. */
    private static final int PIECES_BEFORE_LEAVING_MAX = 8;

    private final URI server;
    private final HttpLoadOptions options;
    private final Manner manner;
    private final RandomGenerator random;
    private final LoadTally tally;
    private final LoadClock clock;
    private HttpConnection connection;

    LoadClient(
            URI server,
            HttpLoadOptions options,
            Manner manner,
            RandomGenerator random,
            LoadTally tally,
            LoadClock clock) {
        this.server = server;
        this.options = options;
        this.manner = manner;
        this.random = random;
        this.tally = tally;
        this.clock = clock;
    }

    /**
     * Connects and has the server answer something that costs nothing, so that it surely has the connection. Slow readers
     * do not: what they would take long to read is the answer to a request.
     */
    void open() throws IOException {
        if (manner == Manner.SLOW) {
            return;
        }
        connect();
        connection.get("/health");
        int status = connection.head().status();
        connection.body();
        if (status != 200) {
            throw new IOException("/health was answered " + status);
        }
    }

    private void connect() throws IOException {
        int silenceMs = options.silenceSeconds() * 1_000;
        connection = manner == Manner.SLOW
                ? new HttpConnection(
                        server,
                        silenceMs,
                        SLOW_RECEIVE_BYTES,
                        raw -> new SlowInput(raw, options.slowBytesPerSecond(), clock::over))
                : new HttpConnection(server, silenceMs);
    }

    /** Asks until the load is over. */
    void ask(List<CheckedRequest> requests) throws InterruptedException {
        try {
            for (int number = clock.next(); number >= 0; number = clock.next()) {
                ask(requests.get(number % requests.size()));
                if (manner == Manner.SLOW && clock.over()) {
                    return;
                }
            }
        } finally {
            if (manner != Manner.SLOW) {
                clock.readerDone();
            }
        }
    }

    /** Asks once. */
    private void ask(CheckedRequest request) throws InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        boolean answered = false;
        tally.sent();
        try {
            if (connection == null) {
                connect();
            }
            connection.post(PATH, request.body());
            long sentNs = System.nanoTime();
            HttpConnection.Head head = connection.head();
            answered = head.status() == 200;
            if (head.status() == TOO_MANY) {
                refused(head);
            } else if (answered) {
                read(request, body, sentNs);
            } else {
                tally.wrong(
                        Fate.FAILED,
                        "status " + head.status() + ": "
                                + new String(connection.body(), StandardCharsets.UTF_8).strip());
            }
        } catch (IOException e) {
            closeQuietly();
            ended(request, body, answered, e);
        }
    }

    private void read(CheckedRequest request, ByteArrayOutputStream body, long sentNs) throws IOException {
        int piecesMax = manner == Manner.VANISHING ? 1 + random.nextInt(PIECES_BEFORE_LEAVING_MAX) : Integer.MAX_VALUE;
        double ttftMs = 0;
        int pieces = 0;
        for (byte[] piece = connection.piece(); piece.length > 0; piece = connection.piece()) {
            ttftMs = pieces == 0 ? ms(sentNs) : ttftMs;
            body.writeBytes(piece);
            if (++pieces == piecesMax) {
                leave();
                tally.taken(request, Fate.VANISHED);
                return;
            }
        }
        double totalMs = ms(sentNs);
        StreamText answer = StreamText.of(body.toByteArray(), body.size());
        String wrong = wrong(request, answer);
        if (wrong == null) {
            tally.completed(request, manner == Manner.GOOD, ttftMs, totalMs);
        } else {
            tally.wrong(answer.error() == null ? Fate.MIXED_UP : Fate.FAILED, wrong);
        }
    }

    /** What is wrong with a whole answer, or null. */
    private static String wrong(CheckedRequest request, StreamText answer) {
        if (answer.error() != null) {
            return "the stream ended with '" + answer.error() + "'";
        }
        if (!answer.done()) {
            return "the stream ended without its mark";
        }
        if (!answer.text().equals(request.text())) {
            return "the answer is '" + answer.text() + "', must be '" + request.text() + "'";
        }
        if (!request.finishReason().equals(answer.finishReason()) || request.outputTokens() != answer.outputTokens()) {
            return "the answer ended with " + answer.finishReason() + " after " + answer.outputTokens()
                    + " tokens, must be " + request.finishReason() + " after " + request.outputTokens();
        }
        return null;
    }

    /** Half of those who leave say goodbye, as a browser that is closed; the others are just gone. */
    private void leave() throws IOException {
        if (random.nextBoolean()) {
            connection.close();
        } else {
            connection.reset();
        }
        connection = null;
    }

    private void refused(HttpConnection.Head head) throws IOException, InterruptedException {
        connection.body();
        String retryAfter = head.field("retry-after");
        if (retryAfter == null || !retryAfter.matches("[1-9]\\d{0,4}")) {
            tally.wrong(Fate.FAILED, "status 429 with 'Retry-After: " + retryAfter + "'");
            return;
        }
        tally.refused();
        clock.pause(Integer.parseInt(retryAfter));
    }

    /** A connection failed. Slow readers may be cut, but what they have read must be right. */
    private void ended(CheckedRequest request, ByteArrayOutputStream body, boolean answered, IOException failure) {
        boolean stopped = failure instanceof SlowInput.StoppedException;
        boolean silent = failure instanceof SocketTimeoutException;
        if (manner != Manner.SLOW || silent || !answered && !stopped) {
            tally.wrong(Fate.LOST, failure + " after " + body.size() + " bytes of answer");
            return;
        }
        try {
            StreamText answer = StreamText.of(body.toByteArray(), body.size());
            if (request.text().startsWith(answer.text())) {
                tally.taken(request, stopped ? Fate.UNFINISHED : Fate.CUT);
            } else {
                tally.wrong(Fate.MIXED_UP, "a slow reader got '" + answer.text() + "'");
            }
        } catch (IOException e) {
            tally.wrong(Fate.MIXED_UP, e.getMessage());
        }
    }

    private static double ms(long sinceNs) {
        return (System.nanoTime() - sinceNs) / 1e6;
    }

    private void closeQuietly() {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException e) {
                // It is what failed already.
            }
            connection = null;
        }
    }

    @Override
    public void close() {
        closeQuietly();
    }
}
