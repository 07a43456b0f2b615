package dev.lockstep.train.run;

import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What {@link CheckpointTest} kills: saves after every step, from the newest checkpoint on, and begins anew at the end. */
final class EndlessRun {
    private EndlessRun() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        TrainingPlan plan = TinyRuns.plan(new NextToken(), HiddenRule.MUON);
        TrainingMachine machine = TinyRuns.machine(1, 64);
        Optional<Path> newest = Checkpoint.newest(folder);
        try (Trainer trainer = newest.isPresent()
                ? Trainer.resume(newest.get(), plan, TinyRuns.TOKENS, Optional.empty(), machine)
                : Trainer.start(plan, TinyRuns.TOKENS, Optional.empty(), machine)) {
            while (true) {
                if (!trainer.done()) {
                    trainer.step();
                }
                System.out.println("saving " + trainer.steps());
                trainer.save(folder);
            }
        }
    }
}
