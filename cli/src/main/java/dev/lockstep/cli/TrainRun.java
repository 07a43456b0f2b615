package dev.lockstep.cli;

import dev.lockstep.bench.machine.ResidentMemory;
import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.Owned;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.prepared.PreparedCorpus;
import dev.lockstep.train.report.LossHistory;
import dev.lockstep.train.run.CheckpointException;
import dev.lockstep.train.run.TrainedModel;
import dev.lockstep.train.run.Trainer;
import dev.lockstep.train.run.TrainingMachine;
import dev.lockstep.train.run.TrainingMemory;
import dev.lockstep.train.run.TrainingPlan;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import dev.lockstep.train.tokenizer.TrainedVocabulary;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/** One call of {@code lockstep train} once its flags are read: from text and flags to a {@link TrainSession}. */
final class TrainRun {
    private final TrainCommand flags;
    private final TrainFolder folder;
    private final Optional<Path> checkpoint;

    /**
     * @param checkpoint what to go on from
     */
    TrainRun(TrainCommand flags, TrainFolder folder, Optional<Path> checkpoint) {
        this.flags = flags;
        this.folder = folder;
        this.checkpoint = checkpoint;
    }

    /** Trains, and returns an {@link ExitCode}. */
    int train() throws IOException {
        TrainingMachine machine = flags.check();
        TrainCorpus source = new TrainCorpus(
                folder,
                Optional.ofNullable(flags.corpus),
                flags.vocabulary == null ? TokenizerTrainer.SIZE_DEFAULT : flags.vocabulary,
                machine.threads());
        try (TrainFolder.Lock _ = folder.lock();
                Owned owned = new Owned()) {
            Optional<TrainedModel> learntFrom = target(owned);
            PreparedCorpus text = text(source, checkpoint.isPresent());
            TrainingPlan plan = flags.plan(text.vocabulary().size());
            check(plan, text);
            long tokens = (long) text.training().length() + text.heldOut().length();
            TrainingMemory memory = TrainingMemory.of(plan, machine, learntFrom.map(TrainedModel::config), tokens);
            TrainMemoryReport.check(memory, flags.machineFlags);
            say("memory: " + TrainMemoryReport.parts(memory));
            LossHistory history = new LossHistory();
            Trainer trainer;
            if (checkpoint.isPresent()) {
                trainer = owned.own(resumed(checkpoint.get(), plan, text, learntFrom, machine));
                history = LossHistory.read(folder.history(), trainer.steps());
            } else {
                trainer = owned.own(Trainer.start(plan, text.training(), learntFrom, machine));
            }
            TrainDeadline deadline = flags.minutes == null
                    ? null
                    : new TrainDeadline(
                            flags.minutes * 60, flags.rules, text.heldOut().length(), System::nanoTime);
            double peak = peakGigaflops(machine.threads());
            try (TrainView view = new TrainView(flags.console, flags.common, flags.json, peak)) {
                view.say(
                        "kernels %s (%s), %d threads, a multiply-add peak of %.1f GFLOP/s",
                        machine.tier().tier(), machine.tier().reason(), machine.threads(), peak);
                describe(view, trainer, text);
                int exitCode = new TrainSession(flags, folder, source, text, history, deadline, view).run(trainer);
                if (flags.common.verbose) {
                    view.say("memory: %s", TrainMemoryReport.line(memory, ResidentMemory.peakBytes()));
                }
                return exitCode;
            }
        }
    }

    private Optional<TrainedModel> target(Owned owned) throws IOException {
        if (flags.target == null) {
            return Optional.empty();
        }
        TrainedModel model = owned.own(TrainedModel.read(flags.target, flags.shape.rowTokens));
        if (model.config().mask() != Mask.CAUSAL) {
            throw new UsageException(
                    "--target " + flags.target + " sees tokens in both directions; a draft's does not");
        }
        if (model.config().contextLength() < flags.shape.rowTokens) {
            throw new UsageException("--target " + flags.target + " has a context of "
                    + model.config().contextLength() + " tokens, --row-tokens is " + flags.shape.rowTokens);
        }
        return Optional.of(model);
    }

    private PreparedCorpus text(TrainCorpus source, boolean resumed) throws IOException {
        PreparedCorpus text;
        try (Interruption _ = Interruption.ofThisThread();
                StatusLine status = new StatusLine(flags.console, flags.common)) {
            String what = source.describe();
            text = source.get(resumed, status, () -> say("preparing " + what + ", once for this folder"));
        } catch (CancellationException e) {
            throw new ClosedByInterruptException();
        }
        if (source.isPrepared()
                && flags.vocabulary != null
                && flags.vocabulary != text.vocabulary().size()) {
            throw new UsageException("--vocabulary is " + flags.vocabulary + ", but the prepared corpus " + flags.corpus
                    + " has " + text.vocabulary().size() + " tokens");
        }
        return text;
    }

    private void check(TrainingPlan plan, PreparedCorpus text) throws IOException {
        int least = plan.rowTokens() + plan.objective().lookahead();
        if (text.training().length() < least) {
            throw new UsageException(
                    "the text to learn from has " + text.training().length()
                            + " tokens, fewer than the " + least + " that a row of --row-tokens " + plan.rowTokens()
                            + " needs");
        }
        if (flags.target != null) {
            try (GgufFile file = GgufFile.open(flags.target)) {
                if (!TrainedVocabulary.of(file.metadata()).isSameAs(text.vocabulary())) {
                    throw new UsageException(
                            "--target " + flags.target + " has another vocabulary than the corpus; name the"
                                    + " prepared corpus that it learnt from with --corpus");
                }
            }
        }
    }

    private static Trainer resumed(
            Path checkpoint,
            TrainingPlan plan,
            PreparedCorpus text,
            Optional<TrainedModel> learntFrom,
            TrainingMachine machine)
            throws IOException {
        try {
            return Trainer.resume(checkpoint, plan, text.training(), learntFrom, machine);
        } catch (CheckpointException e) {
            throw new UsageException(e.getMessage().replaceAll("\\.$", ""), e);
        }
    }

    private void say(String line) {
        if (!flags.common.quiet) {
            flags.console.message(line);
        }
    }

    private static double peakGigaflops(int threads) {
        try (Workers workers = new Workers(threads)) {
            return 2 * Roofline.multiplyAddsPerSecond(workers) / 1e9;
        }
    }

    private void describe(TrainView view, Trainer trainer, PreparedCorpus text) {
        TrainingPlan plan = trainer.plan();
        long number = plan.schedule().steps();
        String length = String.format(
                Locale.ROOT,
                "%d steps of %d tokens, %.2f epochs",
                number,
                plan.stepTokens(),
                (double) number * plan.stepTokens() / text.training().length());
        if (flags.minutes != null) {
            length = TrainDeadline.hasFallen(trainer)
                    ? length + ", whatever --minutes is, since the rate falls already"
                    : "steps of " + plan.stepTokens() + " tokens for " + flags.minutes + " minutes";
        }
        view.say(
                "%.2f million weights; %d tokens to learn from, %d held out; %s%s",
                new ParameterLayout(plan.model()).elements() / 1e6,
                text.training().length(),
                text.heldOut().length(),
                length,
                trainer.steps() == 0 ? "" : ", from step " + trainer.steps());
    }
}
