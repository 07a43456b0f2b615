package dev.lockstep.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.lockstep.bench.QueueExperiment.Row;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.PhaseTimes;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.trace.TraceEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueueExperimentTest {
    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void writeModel() throws IOException {
        model = folder.resolve("tiny.gguf");
        Shape shape = Shape.named("llama-tiny").orElseThrow();
        SyntheticModel.write(shape, ElementType.F32, 1, model, LoadProgress.SILENT);
    }

    private static List<TraceEvent> events() {
        return List.of(
                new TraceEvent.Queued(5, 7, 99, "", 0),
                new TraceEvent.Queued(100, 8, 3, "", 0),
                new TraceEvent.Queued(110, 9, 4, "", 0),
                new TraceEvent.Admitted(120, 8, 0),
                new TraceEvent.Stepped(
                        150, 125, 3, 0, 0, 1, 1, 1, 1, 1, new PhaseTimes(new long[PhaseTimes.PHASES], 0)),
                new TraceEvent.Token(155, 8, 0, 42),
                new TraceEvent.Finished(1_120, 8, "length", 1),
                new TraceEvent.Admitted(1_130, 9, 0),
                new TraceEvent.Finished(1_150, 9, "length", 5));
    }

    @Test
    void readsTheTimesFromTheTrace() {
        assertThat(QueueExperiment.rows(events(), List.of(8L, 9L)))
                .containsExactly(new Row(1, 3, 1, 20, 1_000, 0, 0), new Row(2, 4, 5, 1_020, 20, 0, 1_000));
    }

    @Test
    void theDifferenceIsAgainstTheServiceTimesBefore() {
        Row second = new Row(2, 4, 5, 1_020, 20, 0, 1_000);
        assertThat(second.differenceNs()).isEqualTo(20);
        assertThat(second.differencePercent()).isEqualTo(2);
        assertThat(new Row(1, 3, 1, 20, 1_000, 0, 0).differencePercent()).isZero();
    }

    @Test
    void aMissingEventIsAnError() {
        for (int missing : new int[] {1, 3, 6}) {
            List<TraceEvent> events = new ArrayList<>(events());
            events.remove(missing);
            assertThatIllegalStateException()
                    .isThrownBy(() -> QueueExperiment.rows(events, List.of(8L, 9L)))
                    .withMessageContaining("lacks some of request 8");
        }
    }

    @Test
    void underASerialScheduleOnesCallIsEverybodysWait() throws IOException {
        EngineOptions options = new EngineOptions().traceCapacity(QueueExperiment.traceCapacity(new int[] {9, 1}, 256));
        try (Engine engine = Engine.open(model, options)) {
            List<Row> rows = QueueExperiment.run(engine, "a b", Duration.ofMillis(1), 9, 1);
            assertThat(rows.get(0).pausedNs()).isPositive();
            assertThat(rows.get(1).pausedNs()).isZero();
            assertThat(rows.get(0).serviceNs()).isGreaterThan(rows.get(0).pausedNs());
            assertThat(rows.get(1).queueNs()).isGreaterThan(rows.get(0).pausedNs());
        }
    }

    @Test
    void everyRequestGeneratesItsTokensOneAfterTheOther() throws IOException {
        int[] tokens = {300, 1, 17};
        EngineOptions options = new EngineOptions().traceCapacity(QueueExperiment.traceCapacity(tokens, 256));
        try (Engine engine = Engine.open(model, options)) {
            List<Row> rows = QueueExperiment.run(engine, "a b", Duration.ZERO, tokens);
            int promptTokens = rows.getFirst().promptTokens();
            assertThat(rows).extracting(Row::tokens).containsExactly(256 - promptTokens, 1, 17);
            assertThat(rows).extracting(Row::request).containsExactly(1, 2, 3);
            assertThat(rows).allMatch(row -> row.serviceNs() > 0 && row.queueNs() >= 0);
            assertThat(rows.get(2).servedBeforeNs())
                    .isEqualTo(rows.get(0).serviceNs() + rows.get(1).serviceNs());
        }
    }

    @Test
    void aTraceThatIsTooSmallIsAnError() throws IOException {
        try (Engine engine = Engine.open(model, new EngineOptions().traceCapacity(20))) {
            assertThatIllegalStateException().isThrownBy(() -> QueueExperiment.run(engine, "a", Duration.ZERO, 30, 2));
        }
    }

    @Test
    void aPromptThatDoesNotFitIsRefused() throws IOException {
        try (Engine engine = Engine.open(model, new EngineOptions().contextLength(2))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> QueueExperiment.run(engine, "a b c d e f g h", Duration.ZERO, 3))
                    .withMessageContaining("the context holds 2");
        }
    }
}
