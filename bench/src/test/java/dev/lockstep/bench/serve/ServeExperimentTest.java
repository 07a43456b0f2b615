package dev.lockstep.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.format.GgufFile;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.plan.Schedule;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole experiment with a tiny model. Times are not asserted, only what must hold for any. */
class ServeExperimentTest {
    private static final int CONTEXT = 256;
    private static final ServeExperiment.Listener SILENT = (_, _, _, _) -> {};

    @TempDir
    static Path folder;

    private static Path model;
    private static Path other;
    private static PromptSource source;

    @BeforeAll
    static void writeModels() throws IOException {
        model = folder.resolve("tiny.gguf");
        other = folder.resolve("other.gguf");
        Shape shape = Shape.named("llama-tiny").orElseThrow();
        SyntheticModel.write(shape, ElementType.Q8_0, 1, model, LoadProgress.SILENT);
        SyntheticModel.write(shape, ElementType.Q8_0, 2, other, LoadProgress.SILENT);
        try (GgufFile file = GgufFile.open(model)) {
            source = PromptSource.random(Tokenizer.of(file.metadata()).vocabulary());
        }
    }

    private static Workload workload(Arrivals arrivals, int requests, double seconds) {
        return workload(arrivals, requests, seconds, "geometric:10");
    }

    private static Workload workload(Arrivals arrivals, int requests, double seconds, String outputs) {
        WorkloadOptions options = new WorkloadOptions(
                3,
                arrivals,
                requests,
                seconds,
                LengthDistribution.parse("uniform:5-40"),
                LengthDistribution.parse(outputs),
                16,
                0.5);
        return new Workload(options, source, CONTEXT);
    }

    private static Engine open(String schedule, int traceCapacity, int queueCapacity) throws IOException {
        EngineOptions options = new EngineOptions()
                .threads(1)
                .traceCapacity(traceCapacity)
                .queueCapacity(queueCapacity)
                .prefillChunk(schedule.equals("chunks of 3") ? 3 : 64);
        if (schedule.startsWith("static") || schedule.equals("continuous")) {
            options.schedule(Schedule.parse(schedule)).running(5).kvPages(24);
        }
        return Engine.open(schedule.equals("other") ? other : model, options);
    }

    private static ServeReport run(Workload workload, String... schedules) throws IOException {
        return new ServeExperiment(workload, 2, SILENT)
                .run(List.of(schedules), (schedule, events) -> open(schedule, events, 1_000));
    }

    private static void checkTimes(LoadResult result) {
        for (ServedRequest request : result.served()) {
            checkWaits(result.schedule(), request);
            assertThat(request.tokens()).hasSize(request.plan().outputTokens());
            assertThat(request.tokenNs()).hasSize(request.plan().outputTokens()).isSorted();
            assertThat(request.lateNs()).isNotNegative();
            assertThat(request.queuedNs()).isLessThanOrEqualTo(request.admittedNs());
            assertThat(request.admittedNs()).isLessThanOrEqualTo(request.tokenNs()[0]);
            assertThat(request.finishedNs()).isGreaterThanOrEqualTo(request.tokenNs()[request.tokenNs().length - 1]);
        }
    }

    /** Waits lie between admission and end, one after the other; one request at a time never waits for another. */
    private static void checkWaits(String schedule, ServedRequest request) {
        if (schedule.equals("serial")) {
            assertThat(request.waits()).isEmpty();
            assertThat(request.preemptions()).isZero();
        }
        long from = request.admittedNs();
        for (Interval wait : request.waits()) {
            assertThat(wait.fromNs()).isGreaterThanOrEqualTo(from);
            assertThat(wait.ns()).isPositive();
            from = wait.toNs();
        }
        assertThat(from).isLessThanOrEqualTo(request.finishedNs());
    }

    @Test
    void anOpenLoadGetsTheSameTokensUnderAllSchedules() throws IOException {
        Workload workload = workload(new Arrivals.Poisson(40), 40, Double.POSITIVE_INFINITY);
        ServeReport report = run(workload, "serial", "chunks of 3", "static:4:0", "continuous");
        assertThat(report.agreement()).isEqualTo(new ServeReport.Agreement(40, List.of()));
        for (LoadResult result : report.results()) {
            assertThat(result.refused()).isEmpty();
            assertThat(result.served())
                    .extracting(request -> request.plan().index())
                    .containsExactlyElementsOf(IntStream.range(0, 40).boxed().toList());
            assertThat(result.served())
                    .allMatch(request -> request.arrivalNs() == request.plan().arrivalNs());
            checkTimes(result);
        }
        TheoryCheck check = TheoryCheck.of(report, report.results().getFirst(), 1_000);
        System.out.println("serial, measured and by theory: " + check.measured().orElseThrow() + ", "
                + check.measured().get().predictedWaitSeconds() + " s; simulated: " + check.simulated());
        assertThat(check.measured().get().requests()).isEqualTo(40);
        assertThat(TheoryCheck.of(report, report.results().getLast(), 0).silence())
                .contains("one server");
    }

    @Test
    void differentTokensAreFound() throws IOException {
        Workload workload = workload(new Arrivals.Poisson(1_000), 6, Double.POSITIVE_INFINITY);
        ServeReport.Agreement agreement = run(workload, "serial", "other").agreement();
        assertThat(agreement.compared()).isEqualTo(6);
        assertThat(agreement.equal()).isFalse();
        assertThat(agreement.different()).isSubsetOf(0, 1, 2, 3, 4, 5).isNotEmpty();
    }

    @Test
    void clientsOfAClosedLoopAskOneAfterTheOther() throws IOException {
        int clients = 3;
        Workload workload = workload(new Arrivals.Closed(clients, 0.5), 20, Double.POSITIVE_INFINITY);
        ServeReport report = run(workload, "serial", "chunks of 3", "static:4:0", "continuous");
        assertThat(report.agreement()).isEqualTo(new ServeReport.Agreement(20, List.of()));
        for (LoadResult result : report.results()) {
            checkTimes(result);
            for (int i = clients; i < result.served().size(); i++) {
                assertThat(result.served().get(i).arrivalNs())
                        .isGreaterThan(result.served().get(i - clients).finishedNs());
            }
            assertThat(result.traceFull()).isFalse();
            assertThat(TheoryCheck.of(report, result, 0).measured()).isEmpty();
        }
    }

    @Test
    void aClosedLoopEndsWithItsTime() throws IOException {
        Workload workload = workload(new Arrivals.Closed(2, 0), WorkloadOptions.REQUESTS_MAX, 1);
        LoadResult result = run(workload, "serial").results().getFirst();
        assertThat(result.served()).isNotEmpty();
        assertThat(result.traceFull()).isFalse();
        checkTimes(result);
    }

    @Test
    void whoFindsTheQueueFullIsRefusedAndIsNotWellServed() throws IOException {
        Workload workload = workload(new Arrivals.Poisson(1_000_000), 50, Double.POSITIVE_INFINITY, "200");
        ServeReport report = new ServeExperiment(workload, 0, SILENT)
                .run(List.of("serial"), (schedule, events) -> open(schedule, events, 1));
        LoadResult result = report.results().getFirst();
        assertThat(result.refused()).isNotEmpty().isSorted();
        assertThat(result.served().size() + result.refused().size()).isEqualTo(50);
        LoadFigures figures = LoadFigures.of(result, new ServiceLevel(Map.of()));
        assertThat(figures.met()).isEqualTo(result.served().size());
        assertThat(figures.goodputPart()).isCloseTo(result.served().size() / 50.0, within(1e-12));
        assertThat(TheoryCheck.of(report, result, 0).silence()).contains("requests were refused");
    }

    @Test
    void figuresFollowFromTheRequests() {
        long ms = 1_000_000;
        LoadResult result = new LoadResult(
                "serial",
                List.of(
                        Requests.served(0, 0, 0, 10 * ms, 30 * ms),
                        Requests.served(1, 10 * ms, 30 * ms, 40 * ms, 50 * ms, 60 * ms)),
                List.of(2),
                false);
        LoadFigures figures = LoadFigures.of(result, ServiceLevel.parse("ttft=20ms"));
        assertThat(figures.requests()).isEqualTo(2);
        assertThat(figures.refused()).isEqualTo(1);
        assertThat(figures.seconds()).isEqualTo(0.06);
        assertThat(figures.outputTokens()).isEqualTo(5);
        assertThat(figures.tokensPerSecond()).isCloseTo(5 / 0.06, within(1e-9));
        assertThat(figures.requestsPerSecond()).isCloseTo(2 / 0.06, within(1e-9));
        assertThat(figures.met()).isEqualTo(1);
        assertThat(figures.goodputPart()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(figures.queueDepth()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(figures.queueDepthMax()).isEqualTo(1);
        assertThat(figures.running()).isEqualTo(1);
        assertThat(figures.spreads().get(Measure.QUEUE).max()).isEqualTo(20);
        assertThat(figures.spreads().get(Measure.ITL).count()).isEqualTo(3);
        assertThat(figures.spreads().get(Measure.TPOT).mean()).isEqualTo(15);
    }

    @Test
    void limitsAreRefusedBeforeAnythingRuns() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new ServeExperiment(workload(new Arrivals.Poisson(1), 1, Double.POSITIVE_INFINITY), -1, SILENT))
                .withMessage("a warm-up of -1 requests, allowed are 0 to 1000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ServeExperiment(
                        workload(new Arrivals.Poisson(1), 100_000, Double.POSITIVE_INFINITY), 0, SILENT))
                .withMessageContaining("100000 requests leave more than the");
    }
}
