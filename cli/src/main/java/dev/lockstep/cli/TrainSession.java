package dev.lockstep.cli;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.objective.Objective;
import dev.lockstep.train.prepared.PreparedCorpus;
import dev.lockstep.train.report.LossCurve;
import dev.lockstep.train.report.LossHistory;
import dev.lockstep.train.report.ModelCard;
import dev.lockstep.train.run.Evaluation;
import dev.lockstep.train.run.ModelExport;
import dev.lockstep.train.run.StepReport;
import dev.lockstep.train.run.Trainer;
import dev.lockstep.train.run.TrainingListener;
import dev.lockstep.train.run.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One call's part of a run: what happens between steps, on Ctrl-C and at the end. */
final class TrainSession implements TrainingListener {
    /** As long as a step of a large model on a slow machine may take. */
    private static final long PATIENCE_S = 3_600;

    private final TrainCommand flags;
    private final TrainFolder folder;
    private final TrainCorpus source;
    private final PreparedCorpus corpus;
    private final TrainView view;
    private final LossHistory history;
    private final TrainDeadline deadline;
    private volatile boolean stopping;
    private long savedNs = System.nanoTime();
    private IOException failure;

    /** @param deadline may be null */
    TrainSession(
            TrainCommand flags,
            TrainFolder folder,
            TrainCorpus source,
            PreparedCorpus corpus,
            LossHistory history,
            TrainDeadline deadline,
            TrainView view) {
        this.flags = flags;
        this.folder = folder;
        this.source = source;
        this.corpus = corpus;
        this.history = history;
        this.deadline = deadline;
        this.view = view;
        view.goOn(history);
    }

    /** Runs the steps that are left and returns an {@link ExitCode}. */
    int run(Trainer trainer) throws IOException {
        try (Interruption _ = Interruption.runs(() -> stopping = true, PATIENCE_S)) {
            trainer.run(this);
            if (failure != null) {
                throw failure;
            }
            if (stopping) {
                view.say(
                        "stopped after step %d of %d; to go on: lockstep train --resume --out %s",
                        trainer.steps(), trainer.plan().schedule().steps(), flags.out);
                return ExitCode.INTERRUPTED;
            }
        }
        try (Interruption _ = Interruption.ofThisThread()) {
            finish(trainer);
        }
        return ExitCode.DONE;
    }

    @Override
    public boolean after(Trainer trainer, StepReport report) {
        history.add(report);
        if (deadline != null) {
            deadline.adjust(trainer, report);
        }
        view.step(report, trainer.plan().schedule().steps());
        boolean end = stopping || trainer.done();
        if (!end && trainer.steps() % flags.evaluateEvery == 0) {
            measure(trainer, flags.evaluateRows);
        }
        boolean due = flags.saveEvery != null && trainer.steps() % flags.saveEvery == 0
                || System.nanoTime() - savedNs >= flags.saveMinutes * 60e9;
        if (end || due) {
            save(trainer, end);
        }
        return !end;
    }

    /** What is older than the checkpoint's steps may be newer than the checkpoint, but never the other way round. */
    private void save(Trainer trainer, boolean end) {
        view.doing("saving");
        try {
            folder.writeArguments(flags.arguments(trainer.plan().schedule().steps()));
            history.write(folder.history());
            Path file = trainer.save(folder.root());
            if (flags.common.verbose) {
                view.say("saved %s", file);
            }
        } catch (IOException e) {
            if (end) {
                failure = e;
            } else {
                view.say("the run goes on, but could not be saved: %s", e.getMessage());
            }
        }
        savedNs = System.nanoTime();
    }

    private Evaluation measure(Trainer trainer, int rows) {
        view.doing("measuring with held-out text");
        TrainingPlan plan = trainer.plan();
        Objective objective = plan.model().mask() == Mask.CAUSAL ? new NextToken() : plan.objective();
        TokenStream text = corpus.heldOut();
        int rowTokens = Math.min(plan.rowTokens(), text.length() - objective.lookahead());
        Evaluation e =
                Evaluation.of(plan.model(), trainer.weights(), objective, text, rowTokens, rows, 1, trainer.team());
        history.add(trainer.steps(), e);
        view.measured(trainer.steps(), e);
        return e;
    }

    private void finish(Trainer trainer) throws IOException {
        int rows = deadline == null ? Integer.MAX_VALUE : deadline.lastRows(flags.shape.rowTokens);
        Evaluation heldOut = measure(trainer, rows);
        history.write(folder.history());
        List<Path> files = new ArrayList<>();
        for (ElementType type : flags.types) {
            Path file = folder.root().resolve(flags.name() + "-" + type.name().toLowerCase(Locale.ROOT) + ".gguf");
            view.doing("writing " + file);
            ModelExport.write(
                    trainer.plan().model(), trainer.weights(), flags.name(), type, corpus.vocabulary()::putInto, file);
            files.add(file);
        }
        Path curve = folder.root().resolve(flags.name() + ".svg");
        Files.writeString(curve, LossCurve.svg(flags.name() + ": loss over the steps", history));
        files.add(curve);
        Path card = folder.root().resolve(flags.name() + ".md");
        Files.writeString(card, card(trainer, heldOut, files).markdown());
        files.add(card);
        view.wrote(files);
    }

    private ModelCard card(Trainer trainer, Evaluation heldOut, List<Path> files) throws IOException {
        return new ModelCard(
                flags.name(),
                trainer.plan(),
                trainer.steps(),
                history,
                corpus,
                source.describe(),
                source.licence(),
                heldOut,
                files.stream().map(file -> file.getFileName().toString()).toList(),
                TrainArguments.quoted(flags.arguments(trainer.plan().schedule().steps())));
    }
}
