package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a command did: its exit code and what it printed. */
record Result(int exitCode, String out, String err) {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    /** Runs a command without input. */
    static Result of(String... args) {
        return withInput(new byte[0], args);
    }

    /** Runs a command that reads a text. */
    static Result withInput(String text, String... args) {
        return withInput(text.getBytes(StandardCharsets.UTF_8), args);
    }

    static Result withInput(byte[] input, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Main.run(
                args,
                new ByteArrayInputStream(input),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8));
        return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Demands that it went well. */
    Result done() {
        assertThat(exitCode).as("exit code; standard error: %s", err).isZero();
        return this;
    }

    /** Demands that it failed with this code and no other output than one line, which it returns. */
    String refused(int expectedExitCode) {
        assertThat(exitCode).as("exit code; standard error: %s", err).isEqualTo(expectedExitCode);
        assertThat(out).as("standard output").isEmpty();
        assertThat(err).as("standard error").startsWith("lockstep: ").endsWith("\n");
        assertThat(err.lines()).as("lines of standard error").hasSize(1);
        return err.strip();
    }

    JsonNode json() {
        assertThat(out).as("standard output").endsWith("\n");
        assertThat(out.lines()).as("lines of standard output").hasSize(1);
        return MAPPER.readTree(out);
    }

    List<JsonNode> jsonLines() {
        return out.lines().map(MAPPER::readTree).toList();
    }
}
