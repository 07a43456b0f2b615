package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Socket;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginHandlerTest {
    private static final String PAGE = "https://chat.example.com";

    private static TestServer server(Set<String> origins, boolean localHostsOnly) throws Exception {
        return new TestServer(last -> {
            OriginHandler handler = new OriginHandler(origins, localHostsOnly);
            handler.setHandler(last);
            return handler;
        });
    }

    /** Sends a request with these headers, one a line, and gives the whole answer. */
    private static String exchange(TestServer server, String method, String... headers) throws Exception {
        try (Socket socket = server.connect()) {
            TestServer.write(
                    socket,
                    method + " /v1/models HTTP/1.1\r\nConnection: close\r\n" + String.join("\r\n", headers)
                            + "\r\n\r\n");
            return TestServer.readAll(socket);
        }
    }

    @Test
    void withoutAllowedOriginsAPageOfElsewhereIsRefusedAndGetsNoHeaders() throws Exception {
        try (TestServer server = server(Set.of(), false)) {
            String response = exchange(server, "POST", "Host: localhost:8080", "Origin: " + PAGE, "Content-Length: 0");
            assertThat(response).startsWith("HTTP/1.1 403").contains("\"code\":\"origin_not_allowed\"");
            assertThat(response).doesNotContainIgnoringCase("access-control");
            assertThat(exchange(
                            server,
                            "OPTIONS",
                            "Host: localhost:8080",
                            "Origin: " + PAGE,
                            "Access-Control-Request-Method: POST"))
                    .startsWith("HTTP/1.1 403")
                    .doesNotContainIgnoringCase("access-control");
            assertThat(exchange(server, "GET", "Host: localhost:8080", "Origin: null"))
                    .startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void programsAndTheServersOwnPagesAreLetThrough() throws Exception {
        try (TestServer server = server(Set.of(), true)) {
            assertThat(exchange(server, "GET", "Host: localhost:8080")).startsWith("HTTP/1.1 200");
            assertThat(exchange(server, "GET", "Host: localhost:8080", "Origin: http://localhost:8080"))
                    .startsWith("HTTP/1.1 200")
                    .doesNotContainIgnoringCase("access-control");
            assertThat(exchange(server, "GET", "Host: localhost:8080", "Origin: http://localhost:9090"))
                    .startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void anAllowedOriginIsComparedExactly() throws Exception {
        try (TestServer server = server(Set.of(PAGE), false)) {
            assertThat(exchange(server, "GET", "Host: x", "Origin: " + PAGE))
                    .startsWith("HTTP/1.1 200")
                    .contains("Access-Control-Allow-Origin: " + PAGE + "\r\n")
                    .contains("Vary: Origin\r\n");
            for (String other :
                    new String[] {PAGE + ".evil.org", "http://chat.example.com", "https://chatXexample.com"}) {
                assertThat(exchange(server, "GET", "Host: x", "Origin: " + other))
                        .startsWith("HTTP/1.1 403");
            }
        }
    }

    @Test
    void aPreflightIsAnsweredWithoutTheEndpoint() throws Exception {
        try (TestServer server = server(Set.of("*"), false)) {
            assertThat(exchange(
                            server,
                            "OPTIONS",
                            "Host: x",
                            "Origin: " + PAGE,
                            "Access-Control-Request-Method: POST",
                            "Access-Control-Request-Headers: authorization,content-type"))
                    .startsWith("HTTP/1.1 204")
                    .contains("Access-Control-Allow-Origin: *\r\n")
                    .contains("Access-Control-Allow-Methods: GET, POST, OPTIONS\r\n")
                    .contains("Access-Control-Allow-Headers: Authorization, *\r\n")
                    .doesNotContain("OPTIONS /v1/models");
        }
    }

    @Test
    void aNameThatSomebodyMayHaveResolvedIsRefused() throws Exception {
        try (TestServer server = server(Set.of(), true)) {
            assertThat(exchange(server, "GET", "Host: evil.example:8080", "Origin: http://evil.example:8080"))
                    .startsWith("HTTP/1.1 403")
                    .contains("\"code\":\"host_not_allowed\"");
        }
        try (TestServer server = server(Set.of(), false)) {
            assertThat(exchange(server, "GET", "Host: llm.example.com")).startsWith("HTTP/1.1 200");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "10.0.0.7", "[::1]", "[::1]:8080"})
    void addressesAndLocalhostAreLocal(String host) {
        assertThat(OriginHandler.isLocal(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "example.com", "localhost.example.com", "127.0.0.1.example.com", "a b", "::1", "localhost@x"
            })
    void otherNamesAreNot(String host) {
        assertThat(OriginHandler.isLocal(host)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "example.com", "https://example.com/", "https://example.com/path", "**"})
    void whatIsNoOriginIsRefusedAtOnce(String origin) {
        assertThatThrownBy(() -> new OriginHandler(Set.of(origin), false))
                .hasMessageStartingWith("'" + origin + "' is no origin");
    }
}
