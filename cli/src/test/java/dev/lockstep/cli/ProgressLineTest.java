package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private static final long MS = 1_000_000;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 350 * MS);
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private ProgressLine line(boolean terminal, boolean quiet) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        CommonFlags common = new CommonFlags();
        common.quiet = quiet;
        Console console = new Console(InputStream.nullInputStream(), nowhere, stream, false, false, terminal);
        return new ProgressLine(console, common, "loading", clock::get);
    }

    private void pass(ProgressLine line, long ms, long done) {
        clock.addAndGet(ms * MS);
        line.loaded(done, 4_000_000);
    }

    private String shown() {
        String text = err.toString(StandardCharsets.UTF_8);
        err.reset();
        return text;
    }

    @Test
    void appearsWhenATaskIsLongAndGoesWhenItIsDone() {
        try (ProgressLine line = line(true, false)) {
            pass(line, 299, 1_000_000);
            assertThat(shown()).isEmpty();
            pass(line, 1, 2_000_000);
            assertThat(shown()).isEqualTo("\r\u001B[Klockstep: loading 50 % of 4.0 MB");
            pass(line, 99, 3_000_000);
            assertThat(shown()).as("not more often than ten times a second").isEmpty();
            pass(line, 1, 3_000_000);
            assertThat(shown()).isEqualTo("\r\u001B[Klockstep: loading 75 % of 4.0 MB");
        }
        assertThat(shown()).isEqualTo("\r\u001B[K");
    }

    @Test
    void aShortTaskShowsNothing() {
        try (ProgressLine line = line(true, false)) {
            pass(line, 200, 4_000_000);
        }
        assertThat(shown()).isEmpty();
    }

    @Test
    void withoutATerminalOrWhenQuietNothingIsShown() {
        for (boolean terminal : new boolean[] {false, true}) {
            try (ProgressLine line = line(terminal, terminal)) {
                pass(line, 1_000, 1_000_000);
            }
            assertThat(shown()).isEmpty();
        }
    }
}
