package dev.lockstep.bench.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.bench.http.HttpLoadOptions.Manner;
import dev.lockstep.bench.http.LoadTally.Fate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients make of servers that answer rightly, and of servers that do not. */
@Timeout(60)
class HttpLoadTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String EVENT =
            chunk("data: {\"choices\":[{\"text\":\"right\",\"finish_reason\":\"stop\"}]}\n\n");
    private static final String OTHER =
            chunk("data: {\"choices\":[{\"text\":\"wrong\",\"finish_reason\":\"stop\"}]}\n\n");
    private static final String USAGE = chunk("data: {\"choices\":[],\"usage\":{\"completion_tokens\":1}}\n\n");
    private static final String END = USAGE + chunk("data: [DONE]\n\n") + "0\r\n\r\n";
    private static final CheckedRequest REQUEST =
            new CheckedRequest("{}".getBytes(StandardCharsets.US_ASCII), "right", "stop", 3, 1);

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }

    /** Answers every POST with the same bytes, and ends the connection where they are no whole answer. */
    private static final class CannedServer implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final String answer;

        CannedServer(String answer) throws IOException {
            this.answer = answer;
            Thread.ofVirtual().start(() -> {
                while (!socket.isClosed()) {
                    try {
                        Socket client = socket.accept();
                        Thread.ofVirtual().start(() -> serve(client));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
        }

        private void serve(Socket client) {
            try (client;
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    boolean post = line.startsWith("POST");
                    while (!line.isEmpty()) {
                        line = in.readLine();
                    }
                    if (post) {
                        in.skip(REQUEST.body().length);
                    }
                    String said = post ? answer : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                    client.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
                    if (post && answer.startsWith(OK) && !answer.endsWith(END)) {
                        return;
                    }
                }
            } catch (IOException e) {
                // The client has gone.
            }
        }

        URI uri() {
            return URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static HttpLoadOptions options(int connections, int requests, double vanishing, double slow) {
        return new HttpLoadOptions(connections, requests, Double.MAX_VALUE, vanishing, slow, 10, 10, 1);
    }

    private static LoadTally load(String answer, HttpLoadOptions options) throws Exception {
        try (CannedServer server = new CannedServer(answer)) {
            return new HttpLoad(server.uri(), options, List.of(REQUEST))
                    .run(() -> {}, () -> {}, (_, _, _) -> {})
                    .tally();
        }
    }

    @Test
    void rightAnswersAreCompleted() throws Exception {
        LoadTally tally = load(OK + EVENT + END, options(4, 20, 0, 0));
        assertThat(tally.good()).as("%s", tally.examples()).isTrue();
        assertThat(tally.count(Fate.COMPLETED)).isEqualTo(20);
        assertThat(tally.sentCount()).isEqualTo(20);
        assertThat(tally.promptTokens()).isEqualTo(60);
        assertThat(tally.outputTokens()).isEqualTo(20);
        assertThat(tally.ttftMs().count()).isEqualTo(20);
    }

    @Test
    void anothersTextIsMixedUp() throws Exception {
        LoadTally tally = load(OK + OTHER + END, options(1, 3, 0, 0));
        assertThat(tally.count(Fate.MIXED_UP)).isEqualTo(3);
        assertThat(tally.good()).isFalse();
        assertThat(tally.examples()).first().asString().contains("wrong", "right");
    }

    @Test
    void aStreamThatBreaksOffIsLost() throws Exception {
        LoadTally tally = load(OK + EVENT, options(2, 4, 0, 0));
        assertThat(tally.count(Fate.LOST)).isEqualTo(4);
        assertThat(tally.good()).isFalse();
    }

    @Test
    void aRefusalMustSayWhenToComeBack() throws Exception {
        String head = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n";
        assertThat(load(head + "Retry-After: 1\r\n\r\n{}", options(1, 1, 0, 0)).count(Fate.REFUSED))
                .isEqualTo(1);
        assertThat(load(head + "\r\n{}", options(1, 1, 0, 0)).count(Fate.FAILED))
                .isEqualTo(1);
    }

    @Test
    void anyOtherAnswerIsAFailure() throws Exception {
        String answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}";
        assertThat(load(answer, options(1, 2, 0, 0)).count(Fate.FAILED)).isEqualTo(2);
    }

    @Test
    void someLeaveAndSomeAreStillReadingAtTheEnd() throws Exception {
        LoadTally tally = load(OK + EVENT.repeat(20) + END, options(8, 8, 0.5, 0.25));
        assertThat(tally.count(Fate.VANISHED)).isEqualTo(4);
        // Their text is longer than the right one, so the good ones complain, and those who read slowly have read
        // nothing.
        assertThat(tally.count(Fate.MIXED_UP)).isEqualTo(2);
        assertThat(tally.count(Fate.UNFINISHED)).isEqualTo(2);
    }

    @Test
    void thereAreAsManyOfEachMannerAsWasAsked() {
        List<Manner> manners = options(1000, 1, 0.1, 0.05).manners();
        assertThat(manners).hasSize(1000);
        assertThat(Collections.frequency(manners, Manner.VANISHING)).isEqualTo(100);
        assertThat(Collections.frequency(manners, Manner.SLOW)).isEqualTo(50);
        assertThat(options(1000, 1, 0.1, 0.05).manners()).isEqualTo(manners);
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> options(0, 1, 0, 0)).hasMessageContaining("0 connections");
        assertThatThrownBy(() -> options(1, 0, 0, 0)).hasMessageContaining("0 requests");
        assertThatThrownBy(() -> options(1, 1, 0.6, 0.6)).hasMessageContaining("0.6 vanishing");
        assertThatThrownBy(() -> options(1, 1, Double.NaN, 0)).hasMessageContaining("NaN");
    }
}
