package dev.lockstep.trace;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;

class StepEventTest {
    @Test
    void thereIsAnEventOnlyWhileSomebodyRecords() {
        try (Recording recording = new Recording()) {
            recording.enable("dev.lockstep.Step");
            assertThat(StepEvent.beginIfRecording()).as("before the recording").isNull();
            recording.start();
            assertThat(StepEvent.beginIfRecording()).as("during it").isNotNull();
            recording.stop();
            assertThat(StepEvent.beginIfRecording()).as("after it").isNull();
        }
    }

    @Test
    void aRecordingWithoutOurEventsMakesNone() {
        try (Recording recording = new Recording()) {
            recording.disable("dev.lockstep.Step");
            recording.start();
            assertThat(StepEvent.beginIfRecording()).isNull();
        }
    }
}
