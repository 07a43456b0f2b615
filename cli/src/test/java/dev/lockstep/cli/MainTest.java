package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    private static final String COMMANDS =
            "run, serve, tokenize, template, score, eval, inspect, models, synth, quantize, bench, train, lab, keys";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "run",
                "serve",
                "tokenize",
                "template",
                "score",
                "eval",
                "inspect",
                "models",
                "synth",
                "quantize",
                "bench",
                "bench queue",
                "train",
                "lab",
                "lab parallelism",
                "lab speculation",
                "keys",
                "keys add"
            })
    void everyCommandHasHelp(String command) {
        Result result = Result.of((command + " --help").strip().split(" "));
        result.done();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .startsWith(("Usage: lockstep " + command).strip())
                .contains("--help");
        assertThat(result.out().lines()).allMatch(line -> line.length() <= 100, "at most 100 characters");
        assertThat(result.out()).as("variables are filled in").doesNotContain("${");
    }

    @Test
    void helpListsAllCommands() {
        String help = Result.of("--help").done().out();
        for (String command : COMMANDS.split(", ")) {
            assertThat(help).containsPattern("\n  " + command + " +[A-Z].*\\.\n");
        }
    }

    @Test
    void tellsItsVersion() {
        assertThat(Result.of("--version").done().out()).matches("lockstep \\d+\\.\\d+\\S* \\(Java 2\\d.*\\)\n");
        assertThat(Result.of("run", "--version").done().out())
                .isEqualTo(Result.of("-V").done().out());
    }

    @Test
    void aMissingCommandIsExitCode2() {
        assertThat(Result.of().refused(ExitCode.USAGE))
                .isEqualTo("lockstep: a command is missing; there are: " + COMMANDS + ". Try 'lockstep --help'.");
    }

    @Test
    void anUnknownCommandIsExitCode2() {
        assertThat(Result.of("fly").refused(ExitCode.USAGE))
                .isEqualTo("lockstep: there is no command 'fly'; there are: " + COMMANDS + ". Try 'lockstep --help'.");
        assertThat(Result.of("bench", "speed").refused(ExitCode.USAGE))
                .isEqualTo("lockstep: there is no command 'speed'; there are: queue, serve, interference, prefix, "
                        + "http. Try 'lockstep bench --help'.");
        assertThat(Result.of("--fly").refused(ExitCode.USAGE)).contains("unknown option: '--fly'");
    }

    @Test
    void whateverStandsInAnArgumentTheErrorIsOnePrintableLine() {
        String line = Result.of("run", "--bad\n\u001B[2J" + "x".repeat(5_000)).refused(ExitCode.USAGE);
        assertThat(line).doesNotContain("\u001B").hasSizeLessThan(1_100);
    }

    @Test
    void argumentsThatStartWithAnAtSignAreTakenLiterally() {
        assertThat(Result.of("@no-such-file").refused(ExitCode.USAGE)).contains("there is no command '@no-such-file'");
    }

    @Test
    void verboseAddsTheStackTrace() {
        Result result = Result.of("inspect", "-v", "-m", "no-such.gguf");
        assertThat(result.exitCode()).isEqualTo(ExitCode.UNUSABLE_MODEL);
        assertThat(result.err())
                .startsWith("lockstep: no-such.gguf: there is no such file\n")
                .contains("\n\tat dev.lockstep.");
    }
}
