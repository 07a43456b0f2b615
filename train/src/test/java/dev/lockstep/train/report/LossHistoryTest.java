package dev.lockstep.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.train.run.Evaluation;
import dev.lockstep.train.run.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossHistoryTest {
    @TempDir
    Path folder;

    private Path file;
    private final LossHistory history = new LossHistory();

    static StepReport step(long step, double loss) {
        return new StepReport(step, loss, 1.25, 0.5, 64, 1e6, 2_000_000_000, Map.of());
    }

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("history.csv");
        for (int i = 0; i < 6; i++) {
            history.add(step(i, 5 - i / 3.0));
        }
        history.add(4, new Evaluation(100, 100, 25, 300, 200));
        history.write(file);
    }

    @Test
    void isATableThatIsReadBackAsItWas() throws IOException {
        assertThat(Files.readAllLines(file))
                .hasSize(7)
                .startsWith(
                        "steps,loss,gradient_norm,rate,seconds,held_out_loss,held_out_bits_per_byte,held_out_accuracy",
                        "1,5.0,1.25,0.5,2.000,,,")
                .element(4)
                .asString()
                .startsWith("4,4.0,1.25,0.5,2.000,3.0,2.164")
                .endsWith(",0.25");
        LossHistory read = LossHistory.read(file, 6);
        assertThat(List.copyOf(read.steps())).isEqualTo(List.copyOf(history.steps()));
        assertThat(List.copyOf(read.measurements())).isEqualTo(List.copyOf(history.measurements()));
        assertThat(read.seconds()).isEqualTo(12);
    }

    @Test
    void whatCameAfterTheCheckpointIsDropped() throws IOException {
        LossHistory read = LossHistory.read(file, 3);
        assertThat(read.steps()).extracting(LossHistory.Step::steps).containsExactly(1L, 2L, 3L);
        assertThat(read.measurements()).isEmpty();
        read.add(step(3, 7));
        read.write(file);
        assertThat(Files.readAllLines(file)).hasSize(5).last().isEqualTo("4,7.0,1.25,0.5,2.000,,,");
    }

    @Test
    void aMeasurementMayStandAlone() throws IOException {
        LossHistory alone = new LossHistory();
        alone.add(9, new Evaluation(100, 100, 25, 300, 200));
        alone.write(file);
        assertThat(LossHistory.read(file, 9).measurements()).hasSize(1);
        assertThat(LossHistory.read(file, 9).steps()).isEmpty();
    }

    @Test
    void noFileIsNoHistoryAndAnotherFileIsRefused() throws IOException {
        assertThat(LossHistory.read(folder.resolve("absent"), 9).steps()).isEmpty();
        for (String line : new String[] {"7,1,2", "7,x,1,1,1,,,", "x,1,1,1,1,,,", ""}) {
            Files.write(file, List.of(Files.readAllLines(file).getFirst(), line));
            assertThatThrownBy(() -> LossHistory.read(file, 9))
                    .as(line)
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(file + ": line 2 is not of a loss history");
        }
    }
}
