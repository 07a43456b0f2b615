package dev.lockstep.bench.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsTextTest {
    private static final String TEXT = """
            # HELP http_total Requests.
            # TYPE http_total counter
            http_total{route="/v1/completions",status="200"} 3.0
            http_total{route="/v1/completions",status="429"} 2
            http_total{route="a \\"quoted\\" one",status="200"} 1e1
            waiting 4.5
            """;

    @Test
    void sumsOverTheLabelsThatAreNotNamed() {
        MetricsText metrics = new MetricsText(TEXT);
        assertThat(metrics.sum("http_total", Map.of())).isEqualTo(15);
        assertThat(metrics.sum("http_total", Map.of("route", "/v1/completions")))
                .isEqualTo(5);
        assertThat(metrics.sum("http_total", Map.of("route", "/v1/completions", "status", "429")))
                .isEqualTo(2);
        assertThat(metrics.sum("waiting", Map.of())).isEqualTo(4.5);
        assertThat(metrics.sum("http", Map.of())).isZero();
    }

    @Test
    void refusesWhatIsNoSample() {
        assertThatThrownBy(() -> new MetricsText("<html>")).hasMessageContaining("<html>");
    }
}
