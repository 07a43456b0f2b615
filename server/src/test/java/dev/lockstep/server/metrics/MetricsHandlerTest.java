package dev.lockstep.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.Until;
import dev.lockstep.server.access.TestServer;
import java.net.Socket;
import java.net.http.HttpResponse;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class MetricsHandlerTest {
    private final FedMetrics fed = new FedMetrics().feed(7, 20);
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(
                last -> new Handler.Wrapper(last) {
                    private final MetricsHandler own = new MetricsHandler(fed.metrics);

                    @Override
                    public boolean handle(Request request, Response response, Callback callback) throws Exception {
                        return Request.getPathInContext(request).equals("/metrics")
                                ? own.handle(request, response, callback)
                                : super.handle(request, response, callback);
                    }
                },
                (_, _) -> {},
                jetty -> jetty.setRequestLog(fed.metrics.http()));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void thePlainFormatIsTheDefault() throws Exception {
        HttpResponse<String> response = server.get("/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(new PrometheusText(response.body()).value("lockstep_request_success_total"))
                .isEqualTo(20);
    }

    @Test
    void openMetricsForWhoAcceptsIt() throws Exception {
        HttpResponse<String> response = server.get(
                "/metrics",
                "Accept",
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1");
        assertThat(response.headers().firstValue("Content-Type"))
                .contains("application/openmetrics-text; version=1.0.0; charset=utf-8");
        assertThat(response.body())
                .endsWith("\n# EOF\n")
                .contains("# TYPE lockstep_prompt_tokens counter\n")
                .contains("lockstep_time_to_first_token_seconds_bucket{");
    }

    @Test
    void requestsAreCountedByRouteAndStatus() throws Exception {
        server.get("/v1/models");
        server.get("/v1/models");
        server.get("/v1/models/lockstep-base");
        server.send("POST", "/v1/completions", "{}");
        server.get("/made/up/1");
        server.get("/made/up/2");
        try (Socket socket = server.connect()) {
            TestServer.write(socket, "BREW /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            TestServer.readAll(socket);
        }
        try (Socket socket = server.connect()) {
            TestServer.write(socket, "this is not HTTP\r\n\r\n");
            assertThat(TestServer.readAll(socket)).startsWith("HTTP/1.1 400");
        }
        Until.holds(() -> fed.text(null).contains("lockstep_http_requests_total")
                && fed.read().value("lockstep_http_requests_total") == 8);
        PrometheusText text = fed.read();
        String name = "lockstep_http_requests_total";
        assertThat(text.value(name, "route", "/v1/models", "method", "GET", "status", "200"))
                .isEqualTo(2);
        assertThat(text.value(name, "route", "/v1/models/{id}")).isEqualTo(1);
        assertThat(text.value(name, "route", "/v1/completions", "method", "POST"))
                .isEqualTo(1);
        assertThat(text.value(name, "route", HttpMetrics.OTHER, "status", "200"))
                .isEqualTo(2);
        assertThat(text.value(name, "route", "/v1/models", "method", HttpMetrics.OTHER))
                .isEqualTo(1);
        assertThat(text.value(name, "status", "400")).isEqualTo(1);
    }
}
