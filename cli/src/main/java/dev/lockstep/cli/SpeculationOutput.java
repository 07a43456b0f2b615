package dev.lockstep.cli;

import dev.lockstep.bench.speculation.CrowdExperiment;
import dev.lockstep.bench.speculation.Cycle;
import dev.lockstep.bench.speculation.PlaceFigures;
import dev.lockstep.bench.speculation.ReplayFigures;
import dev.lockstep.bench.speculation.SpeculationReport;
import dev.lockstep.bench.speculation.StepCosts;
import dev.lockstep.format.Quoted;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The figures of {@code lockstep lab speculation}, for people.
 *
 * @param flags what was asked for
 * @param model the model file's name
 */
record SpeculationOutput(LabSpeculationCommand flags, String model, SpeculationResults results) {
    private static final String GREEN = "\u001b[32m";
    private static final String RED = "\u001b[31m";
    private static final String YELLOW = "\u001b[33m";
    private static final String PLAIN = "\u001b[0m";

    /** Characters of a cycle's text that are shown of each kind. */
    private static final int SHOWN_MAX = 60;

    void print(PrintStream out, boolean coloured) {
        line(out, "model    %s%s", model, results.draft() == null ? "" : ", draft " + results.draft());
        line(
                out,
                "machine  threads %d, %s kernels",
                results.threads(),
                flags.machine.kernels.choose().tier());
        line(
                out,
                "load     %d requests of %d tokens, one after the other, temperature %s; %d rounds, medians",
                flags.requests,
                flags.tokens,
                Float.toString(flags.temperature),
                flags.rounds);
        if (results.costs() != null) {
            printCosts(out, results.costs());
        }
        if (results.replays() != null) {
            printReplays(out, results.replays());
        }
        if (results.crowds() != null) {
            printCrowds(out, results.crowds());
        }
        if (results.report() != null) {
            printReport(out, results.report(), coloured);
        }
        if (results.peer() != null) {
            printPeer(out, results.peer(), results.report());
        }
    }

    private static void printPeer(PrintStream out, PeerSpeculation peer, SpeculationReport report) {
        out.println();
        line(out, "peer     %s", peer.peer());
        Table table = new Table("<draft", "guesses", "right", "tok/s", "speed-up", "this one's tok/s / peer's");
        table.row(
                "none",
                "-",
                "-",
                number("%.1f", peer.plainTokensPerSecond()),
                "-",
                number("%.2fx", report.tokensPerSecond(false) / peer.plainTokensPerSecond()));
        for (PeerSpeculation.Draft draft : peer.drafts()) {
            table.row(
                    draft.guesses() == 0 ? "its choice" : draft.guesses() + " at a time",
                    Long.toString(draft.drafted()),
                    Long.toString(draft.accepted()),
                    number("%.1f", draft.tokensPerSecond()),
                    number("%.2fx", draft.tokensPerSecond() / peer.plainTokensPerSecond()),
                    number("%.2fx", report.tokensPerSecond(true) / draft.tokensPerSecond()));
        }
        table.print(out);
    }

    private void printReport(PrintStream out, SpeculationReport report, boolean coloured) {
        out.println();
        line(out, "one request, a line for each step:");
        for (Cycle cycle : report.guessed().getFirst().getFirst().cycles()) {
            out.println(describe(cycle, coloured));
        }
        out.println();
        Table places = new Table("place", "guesses", "reached", "right", "rate");
        for (PlaceFigures place : report.places()) {
            places.row(
                    Integer.toString(place.place()),
                    Long.toString(place.drafted()),
                    Long.toString(place.reached()),
                    Long.toString(place.accepted()),
                    number("%.3f", place.rate()));
        }
        places.print(out);
        StepCosts steps = report.steps();
        printCosts(out, steps);
        out.println();
        line(out, "guesses    %d of %d right, by %s", report.accepted(), report.drafted(), report.sources());
        line(out, "a          %s: a guess is right if those before it are", number("%.3f", report.alpha()));
        line(out, "c          %s: the time of a guess, in steps of one row", number("%.3f", report.guessCost()));
        int rows = 1 + report.usualGuesses();
        line(
                out,
                "v(%d)       %s: the time of a step of %d rows, in steps of one",
                rows,
                number("%.3f", steps.ratio(rows)),
                rows);
        line(
                out,
                "cycle      %s tokens of %s guesses; (1 - a^(g+1)) / (1 - a) is %s",
                number("%.3f", report.tokensPerCycle()),
                number("%.2f", report.guessesPerCycle()),
                number("%.3f", report.expectedTokensPerCycle()));
        line(
                out,
                "speed      %s tok/s without guesses, %s with them",
                number("%.1f", report.tokensPerSecond(false)),
                number("%.1f", report.tokensPerSecond(true)));
        line(
                out,
                "speed-up   %sx predicted, %sx measured after the first token, %sx of whole requests",
                number("%.2f", report.predictedSpeedUp(steps)),
                number("%.2f", report.decodeSpeedUp()),
                number("%.2f", report.speedUp()));
        line(out, "tokens equal: %s", report.tokensEqual() ? "yes" : "NO");
    }

    /** What was kept, what was wrong, and what came behind it. */
    private String describe(Cycle cycle, boolean coloured) {
        List<Integer> kept = cycle.guesses().subList(0, cycle.accepted());
        List<Integer> wrong =
                cycle.guesses().subList(cycle.accepted(), cycle.guesses().size());
        List<Integer> behind =
                cycle.tokens().subList(cycle.accepted(), cycle.tokens().size());
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "  %5.2f + %6.2f ms  %-6s %2d of %2d",
                cycle.guessNs() / 1e6,
                cycle.stepNs() / 1e6,
                cycle.source() == null ? "-" : cycle.source(),
                cycle.accepted(),
                cycle.guesses().size()));
        append(line, "  kept ", kept, GREEN, coloured);
        append(line, "  wrong ", wrong, RED, coloured);
        String next = cycle.guesses().isEmpty() ? "own" : cycle.next();
        append(line, "  " + next + " ", behind, YELLOW, coloured);
        return line.toString();
    }

    private void append(StringBuilder line, String what, List<Integer> tokens, String colour, boolean coloured) {
        if (tokens.isEmpty()) {
            return;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tokens.forEach(token -> bytes.writeBytes(results.tokenizer().bytes(token)));
        String shown = Quoted.cut(bytes.toString(StandardCharsets.UTF_8), SHOWN_MAX);
        line.append(what).append(coloured ? colour : "").append(shown).append(coloured ? PLAIN : "");
    }

    private static void printCosts(PrintStream out, StepCosts costs) {
        out.println();
        Table table = new Table("rows", "ms", "v = x 1 row");
        costs.measured()
                .forEach((rows, ns) ->
                        table.row(rows.toString(), number("%.3f", ns / 1e6), number("%.3f", costs.ratio(rows))));
        table.print(out);
    }

    private static void printReplays(PrintStream out, List<ReplayFigures> replays) {
        out.println();
        Table table = new Table(
                "right", "guesses", "found right", "tok a cycle", "expected", "predicted", "measured", "off", "equal");
        for (ReplayFigures figures : replays) {
            table.row(
                    number("%.2f", figures.alpha()),
                    Integer.toString(figures.guesses()),
                    number("%.3f", figures.report().alpha()),
                    number("%.3f", figures.report().tokensPerCycle()),
                    number("%.3f", figures.report().expectedTokensPerCycle()),
                    number("%.2fx", figures.predicted()),
                    number("%.2fx", figures.report().decodeSpeedUp()),
                    number("%+.1f %%", 100 * figures.error()),
                    figures.report().tokensEqual() ? "yes" : "NO");
        }
        table.print(out);
    }

    private static void printCrowds(PrintStream out, List<CrowdExperiment.Figures> crowds) {
        out.println();
        Table table = new Table("clients", "<text", "tok/s without", "tok/s with", "ratio", "guesses a token", "equal");
        for (CrowdExperiment.Figures figures : crowds) {
            table.row(
                    Integer.toString(figures.clients()),
                    figures.text(),
                    number("%.1f", figures.plain()),
                    number("%.1f", figures.guessed()),
                    number("%.3fx", figures.ratio()),
                    number("%.2f", figures.guessesPerToken()),
                    figures.tokensEqual() ? "yes" : "NO");
        }
        table.print(out);
    }

    private static String number(String pattern, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, pattern, value) : "-";
    }

    private static void line(PrintStream out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
