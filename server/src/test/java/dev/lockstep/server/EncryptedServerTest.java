package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.access.AccessLog;
import dev.lockstep.server.access.SelfSigned;
import dev.lockstep.server.access.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole server behind a certificate, with a log of who asked for what. */
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

    private ServerBuilder encrypted(ServerBuilder builder) {
        try {
            return builder.tls(TlsFiles.open(folder.resolve("own.crt"), folder.resolve("own.key")))
                    .accessLog(AccessLog.to(folder.resolve("access.log")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
