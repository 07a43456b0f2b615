package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestStateEventTest {
    @Test
    void theRecorderSeesWhatTheTraceIsToldWhileItRecords(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("states.jfr");
        Trace trace = new Trace(10);
        try (Recording recording = new Recording()) {
            recording.enable("dev.lockstep.RequestState");
            trace.paused(1, 6);
            recording.start();
            trace.paused(2, 7);
            trace.resumed(3, 7);
            trace.preempted(4, 8, 33);
            recording.stop();
            trace.paused(5, 9);
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("dev.lockstep.RequestState"))
                .toList();
        assertThat(events)
                .extracting(e -> e.getLong("request") + " " + e.getString("state") + " " + e.getInt("positions"))
                .containsExactly("7 paused 0", "7 resumed 0", "8 preempted 33");
        assertThat(trace.events()).hasSize(5);
    }
}
