package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.trace.TraceEvent;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Java Flight Recorder sees of a request is what the trace says. */
@Timeout(60)
class FlightRecorderTest {
    @Test
    void aRecordingHoldsStepsAndRequests(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("run.jfr");
        try (Recording recording = new Recording();
                Engine engine = Engine.open(Models.stories(), Models.options().prefillChunk(3))) {
            recording.enable("dev.lockstep.Step");
            recording.enable("dev.lockstep.Request");
            recording.start();
            Generation generation = engine.submit(Request.of(Models.PROMPT).maxTokens(4));
            Completion completion = generation.await();
            recording.stop();
            recording.dump(file);

            List<RecordedEvent> events = RecordingFile.readAllEvents(file);
            checkSteps(named(events, "dev.lockstep.Step"), engine.trace().events());
            checkRequest(named(events, "dev.lockstep.Request"), generation, completion);
        }
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .toList();
    }

    private static void checkSteps(List<RecordedEvent> recorded, List<TraceEvent> traced) {
        List<TraceEvent.Stepped> steps = traced.stream()
                .filter(event -> event instanceof TraceEvent.Stepped)
                .map(event -> (TraceEvent.Stepped) event)
                .toList();
        assertThat(steps).as("chunks of 3 and 2, then 3 more tokens").hasSize(5);
        assertThat(recorded).hasSameSizeAs(steps);
        int[][] rows = {{3, 0}, {2, 0}, {0, 1}, {0, 1}, {0, 1}};
        for (int i = 0; i < steps.size(); i++) {
            RecordedEvent event = recorded.get(i);
            assertThat(event.getInt("prefillRows"))
                    .isEqualTo(steps.get(i).prefillRows())
                    .isEqualTo(rows[i][0]);
            assertThat(event.getInt("decodeRows"))
                    .isEqualTo(steps.get(i).decodeRows())
                    .isEqualTo(rows[i][1]);
            assertThat(event.getInt("verifyRows")).isZero();
            assertThat(event.getInt("requests")).isEqualTo(1);
            assertThat(event.getInt("kvPages"))
                    .isEqualTo(steps.get(i).kvPages())
                    .isEqualTo(1);
            assertThat(event.getLong("flops")).isEqualTo(steps.get(i).flops()).isPositive();
            assertThat(event.getLong("weightBytes")).isEqualTo(steps.get(i).weightBytes());
            assertThat(event.getLong("kvBytes")).isEqualTo(steps.get(i).kvBytes());
            assertThat(event.getThread().getJavaName()).isEqualTo("lockstep-engine");
            assertThat(event.getStackTrace()).isNull();
        }
        assertThat(steps.get(0).weightBytes())
                .as("a chunk without logits does not read the output matrix")
                .isEqualTo(steps.get(1).weightBytes() - 512 * 64 * 4);
    }

    private static void checkRequest(List<RecordedEvent> recorded, Generation generation, Completion completion) {
        assertThat(recorded).hasSize(1);
        RecordedEvent event = recorded.getFirst();
        assertThat(event.getLong("request")).isEqualTo(generation.id());
        assertThat(event.getInt("promptTokens")).isEqualTo(5);
        assertThat(event.getInt("tokens")).isEqualTo(4);
        assertThat(event.getString("finishReason")).isEqualTo("length");
        assertThat(event.getDuration("queueTime").toNanos())
                .isEqualTo(completion.timings().queueNs());
        assertThat(event.getDuration("timeToFirstToken").toNanos())
                .isEqualTo(completion.timings().ttftNs());
    }
}
