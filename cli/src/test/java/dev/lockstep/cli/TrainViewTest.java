package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.train.run.StepReport;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainViewTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private TrainView view(boolean terminal, boolean quiet) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        CommonFlags common = new CommonFlags();
        common.quiet = quiet;
        return new TrainView(
                new Console(InputStream.nullInputStream(), nowhere, stream, false, false, terminal),
                common,
                false,
                300);
    }

    /** 8192 tokens and 4.5 · 10¹¹ operations in 3 seconds. */
    private static StepReport step(long step, double loss) {
        return new StepReport(step, loss, 1, 1, 8_192, 4.5e11, 3_000_000_000L, Map.of());
    }

    private String shown() {
        String text = err.toString(StandardCharsets.UTF_8);
        err.reset();
        return text;
    }

    @Test
    void onATerminalABarMoves() {
        try (TrainView view = view(true, false)) {
            view.step(step(0, 9), 1_000);
            assertThat(shown())
                    .isEqualTo("\r\u001B[K" + "lockstep: [>                   ] 1/1000 loss 9.000 2731 tok/s"
                            + " 150 GFLOP/s (50 %) 50 min left");
            view.step(step(499, 3), 1_000);
            assertThat(shown()).contains("[==========>         ] 500/1000 loss 5.923 ", " 25 min left");
            view.step(step(999, 3), 1_000);
            assertThat(shown()).contains("[====================] 1000/1000 ", " 0 s left");
            view.say("a line of its own");
            assertThat(shown()).isEqualTo("\r\u001B[K" + "lockstep: a line of its own\n");
        }
    }

    @Test
    void elsewhereEveryTenthStepIsALine() {
        try (TrainView view = view(false, false)) {
            for (int i = 0; i < 25; i++) {
                view.step(step(i, 4), 25);
            }
        }
        assertThat(shown().lines())
                .hasSize(4)
                .first()
                .isEqualTo("lockstep: step 1 of 25: loss 4.0000, smoothed 4.0000; 2731 tokens/s, 150.0 GFLOP/s = 50 %"
                        + " of the peak; 72 s left");
    }

    @Test
    void quietIsQuiet() {
        for (boolean terminal : new boolean[] {false, true}) {
            try (TrainView view = view(terminal, true)) {
                view.step(step(0, 4), 25);
                view.say("nothing");
            }
            assertThat(shown()).isEmpty();
        }
    }

    @Test
    void timesAreRounded() {
        assertThat(TrainView.duration(99.4)).isEqualTo("99 s");
        assertThat(TrainView.duration(100)).isEqualTo("2 min");
        assertThat(TrainView.duration(5_900)).isEqualTo("98 min");
        assertThat(TrainView.duration(36_300)).isEqualTo("10 h 05 min");
    }
}
