package dev.lockstep.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyHandlerTest {
    private static final String KEY = ApiKeys.newKey();

    @TempDir
    Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        Path file = Files.write(folder.resolve("keys"), List.of(ApiKeys.line("alice", KEY, List.of())));
        KeyFile keys = KeyFile.open(file, Limits.DEFAULTS);
        server = new TestServer(last -> {
            KeyHandler handler = new KeyHandler(keys, Set.of("/health"));
            handler.setHandler(last);
            return handler;
        });
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"Authorization, 'Bearer '", "authorization, 'bearer '", "x-api-key, ''", "X-API-Key, ''"})
    void bothHeadersCarryAKey(String header, String before) throws Exception {
        HttpResponse<String> response = server.get("/v1/models", header, before + KEY);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("alice GET /v1/models ");
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization, Bearer wrong",
        "Authorization, Basic YTpi",
        "x-api-key, wrong",
        "Authorization, 'Bearer '"
    })
    void aWrongKeyIsUnauthorized(String header, String value) throws Exception {
        assertThatUnauthorized(server.get("/v1/models", header, value));
    }

    @Test
    void noKeyOrAnEndlessOneIsUnauthorized() throws Exception {
        assertThatUnauthorized(server.get("/v1/models"));
        assertThatUnauthorized(server.get("/v1/models", "x-api-key", "k".repeat(5000)));
    }

    @Test
    void openPathsNeedNoKey() throws Exception {
        assertThat(server.get("/health").body()).isEqualTo("anonymous GET /health ");
        assertThatUnauthorized(server.get("/health/x"));
        assertThatUnauthorized(server.get("/HEALTH"));
    }

    private static void assertThatUnauthorized(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().firstValue("WWW-Authenticate")).contains("Bearer realm=\"lockstep\"");
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(response.body())
                .startsWith("{\"error\":{\"message\":\"")
                .endsWith("\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}");
    }
}
