package dev.lockstep.cli;

import dev.lockstep.bench.serve.Arrivals;
import dev.lockstep.bench.serve.Gantt;
import dev.lockstep.bench.serve.LoadFigures;
import dev.lockstep.bench.serve.LoadResult;
import dev.lockstep.bench.serve.Measure;
import dev.lockstep.bench.serve.Occupancy;
import dev.lockstep.bench.serve.PeerComparison;
import dev.lockstep.bench.serve.PeerRun;
import dev.lockstep.bench.serve.QueueingTheory;
import dev.lockstep.bench.serve.ServeReport;
import dev.lockstep.bench.serve.ServedRequest;
import dev.lockstep.bench.serve.Sparkline;
import dev.lockstep.bench.serve.Spread;
import dev.lockstep.bench.serve.TheoryCheck;
import dev.lockstep.bench.serve.WorkloadOptions;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** A load test's report as people read it: tables, drawings, and theory beside what was measured. */
final class ServeOutput {
    private final ServeSetting setting;
    private final ServeReport report;
    private final List<LoadFigures> figures;

    ServeOutput(ServeSetting setting, ServeReport report) {
        this.setting = setting;
        this.report = report;
        this.figures = report.all().stream()
                .map(result -> LoadFigures.of(result, setting.level()))
                .toList();
    }

    /**
     * @param drawn how many requests to draw
     * @param width characters of a drawing's line
     */
    void print(PrintStream out, int drawn, int width) {
        printLoad(out);
        out.println();
        printTimes(out);
        out.println();
        printTotals(out);
        out.println();
        printAgreement(out);
        report.peer().ifPresent(peer -> printPeer(out, peer));
        report.results().forEach(result -> printTheory(out, result));
        printDepths(out, width);
        if (drawn > 0) {
            printRequests(out, drawn, width);
        }
    }

    /** All on the same scale of time. */
    private void printRequests(PrintStream out, int drawn, int width) {
        long end = report.all().stream()
                .flatMap(result -> result.served().stream().limit(drawn))
                .mapToLong(ServedRequest::finishedNs)
                .max()
                .orElseThrow();
        for (LoadResult result : report.all()) {
            List<ServedRequest> first = result.served().stream().limit(drawn).toList();
            out.println();
            out.println("first requests, " + result.schedule());
            Gantt.draw(first, end, width).forEach(out::println);
        }
    }

    private void printLoad(PrintStream out) {
        WorkloadOptions load = setting.workload().options();
        line(out, "model    %s, %s kernels, threads %d", setting.model(), setting.kernels(), setting.threads());
        line(out, "load     %s, seed %d", load.arrivals(), load.seed());
        String shared = load.sharedTokens() == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", behind %d shared ones for %.0f %% of the requests",
                        load.sharedTokens(),
                        100 * load.sharedPart());
        line(out, "tokens   prompt %s%s; output %s", load.prompt(), shared, load.output());
        if (!setting.level().limitsMs().isEmpty()) {
            line(out, "slo      %s", setting.level());
        }
        int cut = figures.stream().mapToInt(LoadFigures::cut).max().orElse(0);
        if (cut > 0) {
            line(
                    out,
                    "cut      %d requests, to the context of %d",
                    cut,
                    setting.workload().contextLength());
        }
        if (report.results().stream().anyMatch(LoadResult::traceFull)) {
            line(out, "ended    before its time: more requests cannot be traced");
        }
    }

    private void printTimes(PrintStream out) {
        Table table = new Table("<ms", "<schedule", "mean", "p50", "p95", "p99", "max");
        for (Measure measure : Measure.values()) {
            for (LoadFigures f : figures) {
                row(table, measure.label(), f.schedule(), f.spreads().get(measure));
            }
        }
        if (setting.workload().open()) {
            for (LoadFigures f : figures) {
                row(table, "sent late", f.schedule(), f.lateMs());
            }
        }
        table.print(out);
    }

    private static void row(Table table, String name, String schedule, Spread spread) {
        table.row(
                name,
                schedule,
                number(spread.mean()),
                number(spread.p50()),
                number(spread.p95()),
                number(spread.p99()),
                number(spread.max()));
    }

    private static String number(double ms) {
        return Double.isNaN(ms) ? "-" : String.format(Locale.ROOT, "%.3f", ms);
    }

    private void printTotals(PrintStream out) {
        Table table = new Table(
                "<schedule",
                "answered",
                "refused",
                "seconds",
                "tok/s",
                "req/s",
                "well served",
                "goodput req/s",
                "queue mean",
                "max",
                "running mean",
                "max",
                "cached tok",
                "preempted");
        for (LoadFigures f : figures) {
            table.row(
                    f.schedule(),
                    Integer.toString(f.requests()),
                    Integer.toString(f.refused()),
                    String.format(Locale.ROOT, "%.2f", f.seconds()),
                    String.format(Locale.ROOT, "%.1f", f.tokensPerSecond()),
                    String.format(Locale.ROOT, "%.2f", f.requestsPerSecond()),
                    String.format(Locale.ROOT, "%.1f %%", 100 * f.goodputPart()),
                    String.format(Locale.ROOT, "%.2f", f.goodputPerSecond()),
                    String.format(Locale.ROOT, "%.2f", f.queueDepth()),
                    Integer.toString(f.queueDepthMax()),
                    String.format(Locale.ROOT, "%.2f", f.running()),
                    Integer.toString(f.runningMax()),
                    Long.toString(f.cachedTokens()),
                    Integer.toString(f.preemptions()));
        }
        table.print(out);
    }

    private void printAgreement(PrintStream out) {
        ServeReport.Agreement agreement = report.agreement();
        if (report.results().size() < 2) {
            line(out, "tokens equal: nothing to compare with one schedule");
        } else if (agreement.equal()) {
            line(
                    out,
                    "tokens equal: yes (%d requests, %d schedules)",
                    agreement.compared(),
                    report.results().size());
        } else {
            line(
                    out,
                    "tokens equal: NO (%d of %d requests)",
                    agreement.different().size(),
                    agreement.compared());
        }
    }

    private void printPeer(PrintStream out, PeerRun peer) {
        out.println();
        line(out, "peer     %s, %d sequences, threads %d", peer.description(), peer.sequences(), setting.threads());
        peer.capacityPerSecond()
                .ifPresent(capacity -> line(
                        out,
                        "         %.3f requests a second when always busy; the load is %.2f of that",
                        capacity,
                        ((Arrivals.Poisson) setting.workload().options().arrivals()).perSecond() / capacity));
        for (LoadResult result : report.results()) {
            PeerComparison comparison = PeerComparison.of(result, peer);
            line(
                    out,
                    "         %s ÷ peer: tok/s %.2f x, ttft p99 %.3f x; the same tokens for %d of %d requests",
                    result.schedule(),
                    comparison.tokensPerSecond(),
                    comparison.ttftP99(),
                    comparison.sameTokens(),
                    result.served().size());
        }
    }

    private void printTheory(PrintStream out, LoadResult result) {
        TheoryCheck check = TheoryCheck.of(report, result, setting.simulated());
        if (check.measured().isEmpty()) {
            return;
        }
        QueueingTheory theory = check.measured().get();
        out.println();
        line(
                out,
                "M/G/1    %s: %d requests, %.3f a second, service %.3f ms, utilisation %.3f",
                result.schedule(),
                theory.requests(),
                theory.arrivalsPerSecond(),
                theory.serviceSeconds() * 1e3,
                theory.utilisation());
        if (!theory.steady()) {
            line(
                    out,
                    "         mean wait measured %.3f ms; at a utilisation of 1 or more there is no steady state: the "
                            + "queue grows for as long as requests come",
                    theory.measuredWaitSeconds() * 1e3);
            return;
        }
        printWaits(out, "measured", theory);
        line(
                out,
                "         %d simulated runs of as many requests: mean wait %.3f to %.3f ms in 90 %% of them",
                TheoryCheck.SHORT_RUNS,
                check.likelyFromSeconds() * 1e3,
                check.likelyToSeconds() * 1e3);
        check.simulated()
                .ifPresent(
                        simulated -> printWaits(out, "of " + simulated.requests() + " simulated requests", simulated));
    }

    private static void printWaits(PrintStream out, String whose, QueueingTheory theory) {
        line(
                out,
                "         mean wait %s %.3f ms; by Pollaczek and Khinchine %.3f ms (%+.1f %%)",
                whose,
                theory.measuredWaitSeconds() * 1e3,
                theory.predictedWaitSeconds() * 1e3,
                100 * theory.relativeError());
    }

    /** All on the same scales of depth and of time. */
    private void printDepths(PrintStream out, int width) {
        int label = figures.stream().mapToInt(f -> f.schedule().length()).max().orElse(0);
        int cells = Math.max(1, width - label - 3);
        int most = figures.stream().mapToInt(LoadFigures::queueDepthMax).max().orElse(0);
        out.println();
        long span = report.all().stream().mapToLong(LoadResult::spanNs).max().orElseThrow();
        line(out, "queue depth, 0 to %d, over %.3f s", most, span / 1e9);
        for (LoadResult result : report.all()) {
            double[] depths = new Occupancy(result.queued(), span).means(cells);
            line(out, "%-" + label + "s |%s|", result.schedule(), Sparkline.of(depths, most));
        }
    }

    private static void line(PrintStream out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
