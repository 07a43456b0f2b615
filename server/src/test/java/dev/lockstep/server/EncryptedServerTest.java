package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.FinishReason;
import dev.lockstep.server.access.AccessLog;
import dev.lockstep.server.access.SelfSigned;
import dev.lockstep.server.access.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole server behind a certificate, with a log of who asked for what. */
@Timeout(120)
class EncryptedServerTest {
    @TempDir
    Path folder;

    @Test
    void answersOverTlsAndLogsTheRequestWithoutWhatItSaid() throws Exception {
        SelfSigned.make(folder, "own", "-keyalg", "EC", "-groupname", "secp256r1");
        Path log = folder.resolve("access.log");
        try (TestServer server = TestServer.start(TestServer.options(), this::encrypted);
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(SelfSigned.trusting(folder.resolve("own.crt")))
                        .build()) {
            assertThat(server.uri().getScheme()).isEqualTo("https");
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("https://localhost:" + server.port() + "/v1/completions"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"a secret\", \"max_tokens\": 4}"))
                    .build();
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).contains("\"finish_reason\"");
        }
        // The server has been closed, and with it the log.
        assertThat(Files.readAllLines(log))
                .singleElement()
                .satisfies(line ->
                        assertThat(line).contains("/v1/completions", "200").doesNotContain("secret"));
    }

    private static byte[] request(int n) {
        return RawClient.post("/v1/completions", """
                {"prompt": "Hello", "max_tokens": 200, "seed": 1, "n": %d}""".formatted(n).getBytes(StandardCharsets.UTF_8));
    }

    private HeldServer held() throws Exception {
        SelfSigned.make(folder, "own", "-keyalg", "EC", "-groupname", "secp256r1");
        return HeldServer.start(TestServer.options(), this::encrypted);
    }

    private RawClient client(HeldServer server) throws Exception {
        return new RawClient(SelfSigned.trusting(folder.resolve("own.crt"))
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.port()));
    }

    @Test
    void noticesAClientThatGoesAway() throws Exception {
        try (HeldServer server = held()) {
            try (RawClient client = client(server)) {
                client.send(request(2));
                server.awaitHeld();
                server.awaitWaiting(1);
            }
            assertThat(server.nextEnd()).as("the choice that waited").isEqualTo(FinishReason.CANCELLED);
            server.letGo();
            assertThat(server.nextEnd()).as("the choice that ran").isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void answersTheRequestThatWasSentWhileTheOneBeforeRan() throws Exception {
        try (HeldServer server = held();
                RawClient client = client(server)) {
            client.send(request(1));
            server.awaitHeld();
            for (byte b : request(1)) {
                client.send(new byte[] {b});
            }
            server.letGo();
            String first = client.answer().json().at("/choices/0/text").stringValue();
            assertThat(client.answer().json().at("/choices/0/text").stringValue())
                    .isEqualTo(first);
            // The connection is kept, and goes on as if nobody had looked at it.
            client.send(request(1));
            assertThat(client.answer().json().at("/choices/0/text").stringValue())
                    .isEqualTo(first);
        }
    }

    private ServerBuilder encrypted(ServerBuilder builder) {
        try {
            return builder.tls(TlsFiles.open(folder.resolve("own.crt"), folder.resolve("own.key")))
                    .accessLog(AccessLog.to(folder.resolve("access.log")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
