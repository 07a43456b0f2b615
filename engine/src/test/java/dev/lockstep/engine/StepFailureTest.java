package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.model.Step;
import dev.lockstep.plan.Load;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.RunningSequences;
import dev.lockstep.plan.SerialPlanner;
import java.util.List;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step that fails ends the requests that were in it; those that wait, and later ones, are answered. */
@Timeout(60)
class StepFailureTest {
    private final Logger logger = Logger.getLogger("dev.lockstep");
    private Level level;

    @BeforeEach
    void expectTheLog() {
        level = logger.getLevel();
        logger.setLevel(Level.OFF);
    }

    @AfterEach
    void restoreTheLog() {
        logger.setLevel(level);
    }

    /** Adds rows like the serial planner and then, once, throws: keys and values of the step are half written. */
    private record Failing(SerialPlanner serial, int failAt, int[] steps, Supplier<Throwable> failure)
            implements Planner {
        @Override
        public String name() {
            return serial.name();
        }

        @Override
        public int admissions(Load load) {
            return serial.admissions(load);
        }

        @Override
        public void plan(RunningSequences running, Step step) {
            serial.plan(running, step);
            if (steps[0]++ == failAt) {
                switch (failure.get()) {
                    case RuntimeException e -> throw e;
                    case Error e -> throw e;
                    case Throwable e -> throw new AssertionError(e);
                }
            }
        }
    }

    static Stream<Named<Supplier<Throwable>>> failures() {
        return Stream.of(
                Named.of("broken", () -> new IllegalStateException("broken")),
                Named.of("wrong", () -> new AssertionError("wrong")),
                Named.of("StackOverflowError", StackOverflowError::new));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void onlyTheRequestsOfTheStepEnd(Supplier<Throwable> failure) throws Exception {
        Throwable example = failure.get();
        String message = example.getMessage() == null ? "StackOverflowError" : example.getMessage();
        Failing planner = new Failing(new SerialPlanner(64), 6, new int[1], failure);
        Request request = Request.of(Models.PROMPT).maxTokens(10);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            List<Generation> generations =
                    Stream.generate(() -> engine.submit(request)).limit(3).toList();
            Completion failed = generations.getFirst().await();
            assertThat(failed.finishReason()).isEqualTo(FinishReason.ERROR);
            assertThat(failed.error()).isEqualTo("a step failed: " + message);
            assertThat(failed.tokens()).hasSize(6);
            for (Generation later : generations.subList(1, 3)) {
                assertThat(later.await().finishReason()).isEqualTo(FinishReason.LENGTH);
                assertThat(later.await().tokens())
                        .hasSize(10)
                        .startsWith(failed.tokens().toArray(Integer[]::new));
            }
            assertThat(IsolationTest.nonZeroBytes(engine.model().cache())).isZero();
            assertThat(engine.model().cache().freePages())
                    .isEqualTo(engine.model().cache().pages());
        }
    }
}
