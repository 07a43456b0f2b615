package dev.lockstep.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import dev.lockstep.train.optimise.Schedule;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A checkpoint is whole or refused, and there is always one. */
class CheckpointTest {
    private static final TrainingPlan PLAN = TinyRuns.plan(new NextToken(), HiddenRule.MUON);

    @TempDir
    Path folder;

    private Path file;
    private byte[] content;

    @BeforeEach
    void save() throws IOException {
        try (Trainer trainer = start()) {
            for (int i = 0; i < 3; i++) {
                trainer.step();
                file = trainer.save(folder);
            }
        }
        content = Files.readAllBytes(file);
    }

    private static Trainer start() {
        return Trainer.start(PLAN, TinyRuns.TOKENS, Optional.empty(), TinyRuns.machine(1, 64));
    }

    private static Trainer resume(Path from, TrainingPlan plan) throws IOException {
        return Trainer.resume(from, plan, TinyRuns.TOKENS, Optional.empty(), TinyRuns.machine(1, 64));
    }

    @Test
    void keepsTheOneBefore() throws IOException {
        assertThat(Checkpoint.newest(folder)).contains(file);
        assertThat(file).hasFileName("step-0000000003.checkpoint");
        assertThat(names()).containsExactly("step-0000000002.checkpoint", "step-0000000003.checkpoint");
        try (Trainer before = resume(folder.resolve("step-0000000002.checkpoint"), PLAN)) {
            assertThat(before.steps()).isEqualTo(2);
        }
    }

    @Test
    void leavesWhatIsUnfinishedAside() throws IOException {
        Files.write(folder.resolve("step-0000000004.checkpoint.unfinished"), Arrays.copyOf(content, 100));
        assertThat(Checkpoint.newest(folder)).contains(file);
        assertThat(Checkpoint.newest(folder.resolve("absent"))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.lockstep.train.Seeds#all")
    void refusesEveryChangedBit(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        int identityEnd = 20 + 200;
        for (int i = 0; i < 40; i++) {
            int at = i < 20 ? random.nextInt(identityEnd) : random.nextInt(content.length);
            byte[] changed = content.clone();
            changed[at] ^= (byte) (1 << random.nextInt(8));
            refuses(changed, "byte " + at);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.lockstep.train.Seeds#all")
    void refusesEveryOtherLength(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 30; i++) {
            int length = i < 10 ? random.nextInt(100) : random.nextInt(content.length);
            refuses(Arrays.copyOf(content, length), "length " + length);
        }
        refuses(Arrays.copyOf(content, content.length + 1 + random.nextInt(100)), "longer");
    }

    private void refuses(byte[] bytes, String what) throws IOException {
        Path other = folder.resolve("other");
        Files.write(other, bytes);
        assertThatThrownBy(() -> resume(other, PLAN).close())
                .as(what)
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(other + ": this")
                .hasMessageEndingWith(".");
    }

    @Test
    void aRunMayEndElsewhereUntilItsRateFalls() throws IOException {
        Schedule schedule = PLAN.schedule();
        TrainingPlan longer = ending(new Schedule(500, schedule.warmUp(), 100, schedule.shape(), schedule.floor()));
        try (Trainer trainer = resume(file, longer)) {
            assertThat(trainer.steps()).isEqualTo(3);
            assertThat(trainer.plan().schedule().steps()).isEqualTo(500);
        }
        Schedule fallen = new Schedule(6, schedule.warmUp(), 1, schedule.shape(), schedule.floor());
        assertThatThrownBy(() -> resume(file, ending(new Schedule(5, 5, 0, schedule.shape(), 0.2)))
                        .close())
                .hasMessageContaining("another run");
        Path end;
        try (Trainer trainer = resume(file, ending(fallen))) {
            trainer.run((t, report) -> true);
            end = trainer.save(folder);
        }
        assertThatThrownBy(() -> resume(end, longer).close()).hasMessageContaining("another run");
    }

    private static TrainingPlan ending(Schedule schedule) {
        return PLAN.ending(schedule);
    }

    @Test
    void refusesAnotherRun() {
        TrainingPlan other = TinyRuns.plan(new NextToken(), HiddenRule.MUON, 2);
        assertThatThrownBy(() -> resume(file, other).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessage(file + ": this checkpoint is of another run, it has seed=1 and this run seed=2.");
    }

    @Test
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aKilledRunLeavesItsLastCheckpoint() throws Exception {
        SplittableRandom random = new SplittableRandom(1);
        long reached = 0;
        for (int i = 0; i < 6; i++) {
            Path place = folder.resolve("killed");
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "--add-modules=jdk.incubator.vector",
                    "-cp",
                    System.getProperty("java.class.path"),
                    EndlessRun.class.getName(),
                    place.toString()));
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            int lines = 1 + random.nextInt(12);
            try {
                BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                for (int line = 0; line < lines; line++) {
                    assertThat(out.readLine()).startsWith("saving");
                }
                // It does not end by itself: this is only to kill it at any point of what it does.
                process.waitFor(random.nextInt(80_000), TimeUnit.MICROSECONDS);
            } finally {
                process.destroyForcibly().waitFor();
            }
            Optional<Path> newest = Checkpoint.newest(place);
            if (newest.isPresent()) {
                try (Trainer trainer = resume(newest.get(), PLAN)) {
                    assertThat(trainer.steps()).isGreaterThanOrEqualTo(reached);
                    reached = trainer.steps() == PLAN.schedule().steps() ? 0 : trainer.steps();
                }
            }
        }
        assertThat(Checkpoint.newest(folder.resolve("killed"))).isPresent();
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
