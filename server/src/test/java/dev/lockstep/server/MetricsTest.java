package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What the endpoint for Prometheus says of requests that were sent. */
class MetricsTest {
    @Test
    void countsWhatWasSent() throws IOException {
        EngineMetrics metrics = new EngineMetrics(TestServer.MODEL);
        try (TestServer server =
                        TestServer.start(TestServer.options().listener(metrics), builder -> builder.metrics(metrics));
                RawClient client = server.client()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.post("/v1/completions", "{\"prompt\": \"Hello\", \"max_tokens\": 4, \"seed\": 1}")
                                .status())
                        .isEqualTo(200);
            }
            assertThat(client.post("/v1/completions", "{}").status()).isEqualTo(400);
            String text = client.get("/metrics").text();
            assertThat(text)
                    .contains(
                            "lockstep_http_requests_total{method=\"POST\",route=\"/v1/completions\",status=\"200\"} 3")
                    .contains(
                            "lockstep_http_requests_total{method=\"POST\",route=\"/v1/completions\",status=\"400\"} 1")
                    .contains("lockstep_num_requests_running 0.0")
                    .contains("lockstep_num_requests_waiting 0.0");
            assertThat(text.lines().filter(line -> line.startsWith("lockstep_request_success_total{")))
                    .singleElement()
                    .asString()
                    .endsWith(" 3.0");
        }
    }
}
