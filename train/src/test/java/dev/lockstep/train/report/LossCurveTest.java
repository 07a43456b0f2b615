package dev.lockstep.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.train.run.Evaluation;
import java.io.StringReader;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class LossCurveTest {
    private static Document parsed(String title, LossHistory history) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(LossCurve.svg(title, history))));
    }

    private static List<Element> elements(Document svg, String name) {
        NodeList nodes = svg.getElementsByTagName(name);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }

    private static LossHistory history(int steps) {
        LossHistory history = new LossHistory();
        for (int i = 0; i < steps; i++) {
            history.add(LossHistoryTest.step(i, 2 + 6.0 / (1 + i)));
            if (i % 100 == 99) {
                history.add(i + 1, new Evaluation(100, 100, 25, 250, 200));
            }
        }
        return history;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 99, 100, 5_000})
    void everyPointLiesBetweenTheAxes(int steps) throws Exception {
        Document svg = parsed("a run", history(steps));
        List<Element> lines = elements(svg, "polyline");
        for (Element line : lines) {
            String[] points = line.getAttribute("points").split(" ");
            assertThat(points.length).isLessThanOrEqualTo(701);
            double[] xs = Arrays.stream(points)
                    .mapToDouble(p -> Double.parseDouble(p.split(",")[0]))
                    .toArray();
            double[] ys = Arrays.stream(points)
                    .mapToDouble(p -> Double.parseDouble(p.split(",")[1]))
                    .toArray();
            assertThat(xs).isSorted();
            assertThat(Arrays.stream(xs).summaryStatistics().getMin()).isBetween(70.0, 836.0);
            assertThat(Arrays.stream(xs).summaryStatistics().getMax()).isBetween(70.0, 836.0);
            assertThat(Arrays.stream(ys).summaryStatistics().getMin()).isBetween(43.0, 398.0);
            assertThat(Arrays.stream(ys).summaryStatistics().getMax()).isBetween(43.0, 398.0);
        }
        assertThat(elements(svg, "circle")).as("a point each, and the legend's").hasSize(steps / 100 + 1);
    }

    @Test
    void namesWhatItShows() throws Exception {
        Document svg = parsed("a & b <c> \"d\"", history(300));
        assertThat(svg.getDocumentElement().getAttribute("aria-label")).isEqualTo("a & b <c> \"d\"");
        assertThat(elements(svg, "text"))
                .extracting(Element::getTextContent)
                .contains("a & b <c> \"d\"", "steps", "loss, nats a token", "training, smoothed", "held-out text")
                .contains("0", "300", "2", "8");
        assertThat(elements(svg, "style").getFirst().getTextContent()).contains("prefers-color-scheme: dark");
    }
}
