package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class GanttTest {
    private static final long S = 1_000_000_000;

    @Test
    void drawsWhatRequestsDidForMostOfEachCell() {
        List<ServedRequest> requests = List.of(
                Requests.served(0, 0, 0, 4 * S, 5 * S, 12 * S),
                Requests.served(1, 2 * S, 12 * S, 14 * S, 20 * S),
                Requests.served(
                        2,
                        6 * S,
                        14 * S,
                        List.of(new Interval(15 * S, 17 * S), new Interval(20 * S, 23 * S)),
                        19 * S,
                        24 * S),
                Requests.served(9, 10 * S, 10 * S, 10 * S + 1));
        assertThat(Gantt.draw(requests, 24 * S, 32))
                .containsExactly(
                        "       0 s             24.000 s",
                        "     1|====########            |",
                        "     2|  ..........==######    |",
                        "     3|      ........=--==#---#|",
                        "    10|          =             |",
                        "       . queued   = prefill   # decode   - waiting (steps run without it)");
    }

    @Test
    void theRightEdgeMayBeEarlierOrLaterThanTheEnd() {
        List<ServedRequest> requests = List.of(Requests.served(0, 0, 4 * S, 8 * S, 12 * S));
        assertThat(Gantt.draw(requests, 8 * S, 24).get(1)).isEqualTo("     1|........========|");
        assertThat(Gantt.draw(requests, 24 * S, 20).get(1)).isEqualTo("     1|..==##      |");
        assertThat(Gantt.draw(List.of(), S, 40)).hasSize(2);
    }

    @Test
    void linesAreAsWideAsTheyMayBe() {
        for (int width : new int[] {Gantt.WIDTH_MIN, 33, 100}) {
            List<String> lines = Gantt.draw(List.of(Requests.served(0, 0, 3, 7, 11)), 11, width);
            assertThat(lines.get(1)).hasSize(width);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Gantt.draw(List.of(), S, Gantt.WIDTH_MIN - 1))
                .withMessage("a drawing 17 characters wide, must be at least 18");
    }
}
