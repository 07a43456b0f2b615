package dev.lockstep.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.Until;
import dev.lockstep.server.access.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the dashboard and the documentation name is exported, and what is exported is documented. */
@Timeout(120)
class DashboardTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern NAME = Pattern.compile("\\b(?:lockstep|gen_ai)_[a-z0-9_]+");

    private static PrometheusText exported() throws Exception {
        FedMetrics fed = new FedMetrics().feed(11, 30);
        try (TestServer server =
                new TestServer(last -> last, (_, _) -> {}, jetty -> jetty.setRequestLog(fed.metrics.http()))) {
            server.get("/metrics");
            Until.holds(() -> fed.text(null).contains("lockstep_http_requests_total"));
        }
        return fed.read();
    }

    @Test
    void everyMetricOfTheDashboardIsExported() throws Exception {
        JsonNode dashboard = JsonMapper.shared()
                .readTree(Files.readString(DOCS.resolve("grafana").resolve("lockstep.json")));
        List<String> expressions = new ArrayList<>();
        for (JsonNode panel : dashboard.get("panels")) {
            if (panel.has("targets")) {
                panel.get("targets")
                        .forEach(target -> expressions.add(target.get("expr").asString()));
            }
        }
        dashboard.get("templating").get("list").forEach(variable -> {
            if (variable.get("query").isObject()) {
                expressions.add(variable.get("query").get("query").asString());
            }
        });
        PrometheusText exported = exported();
        Set<String> labels = new TreeSet<>();
        exported.families()
                .values()
                .forEach(family -> family.samples()
                        .forEach(sample -> labels.addAll(sample.labels().keySet())));
        Set<String> known = exported.sampleNames();
        known.addAll(labels);
        assertThat(expressions).hasSizeGreaterThan(30);
        for (String expression : expressions) {
            assertThat(known).as(expression).containsAll(names(expression));
        }
    }

    @Test
    void everyExportedMetricIsDocumentedAndEveryDocumentedOneIsExported() throws Exception {
        PrometheusText exported = exported();
        String page = Files.readString(DOCS.resolve("metrics.md"));
        Set<String> labels = new TreeSet<>();
        exported.families()
                .values()
                .forEach(family -> family.samples()
                        .forEach(sample -> labels.addAll(sample.labels().keySet())));
        Set<String> documented = names(page);
        documented.removeAll(labels);
        assertThat(documented).isEqualTo(new TreeSet<>(exported.families().keySet()));
    }

    private static Set<String> names(String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }
}
