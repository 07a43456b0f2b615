package dev.lockstep.cli;

import dev.lockstep.bench.machine.ResidentMemory;
import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.ElementType;
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
import dev.lockstep.train.tokenizer.ControlToken;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import dev.lockstep.train.tokenizer.TrainedVocabulary;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code lockstep train}: a model from text. */
@Command(
        name = "train",
        customSynopsis = "lockstep train [--corpus DIR] [--out DIR] [--steps N] [OPTION]...",
        description = {
            "Trains a model from text.",
            "",
            "Without options it learns from the sources that come with this JDK, in a shape of 8.7 million weights, "
                    + "and needs nothing from elsewhere. The prepared text, checkpoints, losses and at the end the "
                    + "model, a drawing of its losses and a model card go into the folder --out.",
            "",
            "Ctrl-C ends the step, saves and exits with 130; --resume goes on to the same bits as without a stop, with "
                    + "the flags that the run was started with. --steps and --minutes may be others as long as the rate "
                    + "has not begun to fall. Threads and kernels change time only.",
            "",
            "With --json, standard output has one object a line: for each step step, steps, loss, smoothed_loss (nats "
                    + "a token), gradient_norm, rate, tokens_per_second, gflops, peak_gflops, step_ms; for each "
                    + "measurement step and held_out (tokens, loss, bits_per_byte, accuracy); at the end files."
        },
        footer = {
            "Examples:",
            "  lockstep train --minutes 30",
            "  lockstep train --corpus texts --vocabulary 4096 --layers 4 --steps 500 --out small",
            "  lockstep train --preset draft --corpus lockstep-train/corpus \\",
            "      --target lockstep-train/target-q8_0.gguf --out draft",
            "  lockstep train --resume --out draft"
        })
final class TrainCommand extends LockstepCommand {
    private static final long STEPS_DEFAULT = 1_000;
    private static final long STEPS_MAX = 1_000_000_000;
    private static final double MINUTES_MAX = 525_600;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    @Option(
            names = "--corpus",
            paramLabel = "DIR",
            description = "What to learn from: a folder of text, one file in 100 held out, or a prepared corpus. "
                    + "Default: the sources of this JDK (lib/src.zip), four modules held out.")
    Path corpus;

    @Option(
            names = "--vocabulary",
            paramLabel = "N",
            description = "Tokens of the vocabulary that is learnt from the text, 259 to 65536. Default: 8192.")
    Integer vocabulary;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "The run's folder; is made if there is none. Default: lockstep-train.")
    Path out = Path.of("lockstep-train");

    @Option(names = "--resume", description = "Go on from the newest checkpoint in --out.")
    boolean resume;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Steps of the whole run, 1 to 1000000000. Default: 1000.")
    Long steps;

    @Option(
            names = "--minutes",
            paramLabel = "X",
            description = "Instead of --steps: as many as fit into this time, above 0 to 525600 minutes, measured as "
                    + "it goes, until the rate begins to fall; at least until its rise has ended.")
    Double minutes;

    @Option(
            names = "--target",
            paramLabel = "FILE",
            description = "The model to learn from in distillation, a GGUF file with the same vocabulary.")
    Path target;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description =
                    "What the model is called: letters, digits, '.', '_', '-', at most 64. Default: the preset's.")
    String name;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            split = ",",
            converter = OneOf.WeightType.class,
            description = "How the model's weights are written, a file for each: f32, f16, bf16, q8_0, q4_0, q4_k or "
                    + "q6_k. Default: q8_0.")
    List<ElementType> types = List.of(ElementType.Q8_0);

    @Option(
            names = "--save-every",
            paramLabel = "N",
            description = "Save a checkpoint after every N steps, too; at least 1.")
    Integer saveEvery;

    @Option(
            names = "--save-minutes",
            paramLabel = "X",
            description = "Save a checkpoint when the last is so many minutes old, 0 to 525600. Default: 5.")
    double saveMinutes = 5;

    @Option(
            names = "--evaluate-every",
            paramLabel = "N",
            description = "Measure with held-out text after every N steps, at least 1. Default: 200.")
    int evaluateEvery = 200;

    @Option(
            names = "--evaluate-rows",
            paramLabel = "N",
            description = "Rows of held-out text that are measured with on the way, at least 1; at the end it is all. "
                    + "Default: 100.")
    int evaluateRows = 100;

    @Option(names = "--json", description = "Print one JSON object for each step.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nModel:%n")
    TrainShapeFlags shape = new TrainShapeFlags();

    @ArgGroup(validate = false, heading = "%nRules:%n")
    TrainRuleFlags rules = new TrainRuleFlags();

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    TrainMachineFlags machineFlags = new TrainMachineFlags();

    TrainCommand(Console console) {
        super(console);
    }

    /** The flags of this run with this number of steps, see {@link TrainArguments#ofRun}. */
    List<String> arguments(long number) {
        return TrainArguments.ofRun(spec().commandLine().getParseResult(), number);
    }

    String name() {
        return name == null ? shape.preset.name().toLowerCase(Locale.ROOT) : name;
    }

    @Override
    int execute() throws IOException {
        if (steps != null && minutes != null) {
            throw new UsageException("--steps and --minutes are both given; one of them says when the run ends");
        }
        TrainFolder folder = new TrainFolder(out);
        Optional<Path> checkpoint = folder.checkpoint();
        if (resume && checkpoint.isEmpty()) {
            throw new UsageException("--resume finds no checkpoint in " + out + ", so there is nothing to go on from");
        }
        if (!resume && checkpoint.isPresent()) {
            throw new UsageException("the folder " + out + " holds a run, whose newest checkpoint is "
                    + checkpoint.get().getFileName() + "; go on with --resume, or name another folder with --out");
        }
        return (resume ? withFlagsOf(folder) : this).train(folder, checkpoint);
    }

    /** The command as it would be if the flags of the run's start had been given again. */
    private TrainCommand withFlagsOf(TrainFolder folder) throws IOException {
        TrainCommand command = new TrainCommand(console);
        try {
            new CommandLine(command)
                    .parseArgs(TrainArguments.merged(
                                    folder.arguments(), spec().commandLine().getParseResult())
                            .toArray(String[]::new));
            return command;
        } catch (ParameterException e) {
            throw new UsageException("the flags that " + out + " was started with: " + e.getMessage(), e);
        }
    }

    private int train(TrainFolder folder, Optional<Path> checkpoint) throws IOException {
        TrainingMachine machine = check();
        TrainCorpus source = new TrainCorpus(
                folder,
                Optional.ofNullable(corpus),
                vocabulary == null ? TokenizerTrainer.SIZE_DEFAULT : vocabulary,
                machine.threads());
        try (TrainFolder.Lock _ = folder.lock();
                Owned owned = new Owned()) {
            Optional<TrainedModel> learntFrom = target(owned);
            PreparedCorpus text = text(source, checkpoint.isPresent());
            TrainingPlan plan = plan(text.vocabulary().size());
            check(plan, text);
            long tokens = (long) text.training().length() + text.heldOut().length();
            TrainingMemory memory = TrainingMemory.of(plan, machine, learntFrom.map(TrainedModel::config), tokens);
            TrainMemoryReport.check(memory, machineFlags);
            say("memory: " + TrainMemoryReport.parts(memory));
            LossHistory history = new LossHistory();
            Trainer trainer;
            if (checkpoint.isPresent()) {
                trainer = owned.own(resumed(checkpoint.get(), plan, text, learntFrom, machine));
                history = LossHistory.read(folder.history(), trainer.steps());
            } else {
                trainer = owned.own(Trainer.start(plan, text.training(), learntFrom, machine));
            }
            TrainDeadline deadline = minutes == null
                    ? null
                    : new TrainDeadline(minutes * 60, rules, text.heldOut().length(), System::nanoTime);
            double peak = peakGigaflops(machine.threads());
            try (TrainView view = new TrainView(console, common, json, peak)) {
                view.say(
                        "kernels %s (%s), %d threads, a multiply-add peak of %.1f GFLOP/s",
                        machine.tier().tier(), machine.tier().reason(), machine.threads(), peak);
                describe(view, trainer, text);
                int exitCode = new TrainSession(this, folder, source, text, history, deadline, view).run(trainer);
                if (common.verbose) {
                    view.say("memory: %s", TrainMemoryReport.line(memory, ResidentMemory.peakBytes()));
                }
                return exitCode;
            }
        }
    }

    /** What can be refused before anything is read. */
    private TrainingMachine check() {
        inRange("--steps", steps == null ? 1 : steps, 1, STEPS_MAX);
        inRange("--save-every", saveEvery == null ? 1 : saveEvery, 1, Integer.MAX_VALUE);
        inRange("--evaluate-every", evaluateEvery, 1, Integer.MAX_VALUE);
        inRange("--evaluate-rows", evaluateRows, 1, Integer.MAX_VALUE);
        inRange(
                "--vocabulary",
                vocabulary == null ? 8192 : vocabulary,
                TokenizerTrainer.SIZE_MIN,
                TokenizerTrainer.SIZE_MAX);
        if (minutes != null && !(minutes > 0 && minutes <= MINUTES_MAX)) {
            throw new UsageException("--minutes is " + minutes + ", allowed are above 0 to " + (long) MINUTES_MAX);
        }
        if (!(saveMinutes >= 0 && saveMinutes <= MINUTES_MAX)) {
            throw new UsageException("--save-minutes is " + saveMinutes + ", allowed are 0 to " + (long) MINUTES_MAX);
        }
        if (!NAME.matcher(name()).matches()) {
            throw new UsageException("--name is '" + name()
                    + "', allowed are 1 to 64 letters, digits, '.', '_' and '-'," + " the first a letter or digit");
        }
        if (shape.objective() == TrainObjective.DISTILLATION && target == null) {
            throw new UsageException("distillation learns from a model: name it with --target, or learn from the text"
                    + " alone with --objective next-token");
        }
        if (shape.objective() != TrainObjective.DISTILLATION && target != null) {
            throw new UsageException("--target is for --objective distillation, this run's is " + shape.objective());
        }
        TrainShapeFlags.checkTypes(
                plan(vocabulary == null ? TokenizerTrainer.SIZE_DEFAULT : vocabulary)
                        .model(),
                types);
        return machineFlags.machine();
    }

    private static void inRange(String flag, long value, long min, long max) {
        if (value < min || value > max) {
            throw new UsageException(flag + " is " + value + ", allowed are " + min + " to " + max);
        }
    }

    private TrainingPlan plan(int tokens) {
        int mask = tokens - ControlToken.values().length + ControlToken.MASK.ordinal();
        long number = steps == null ? STEPS_DEFAULT : steps;
        return rules.plan(
                UsageException.blamed(() -> shape.config(tokens)),
                shape.objective().of(mask),
                number);
    }

    private Optional<TrainedModel> target(Owned owned) throws IOException {
        if (target == null) {
            return Optional.empty();
        }
        TrainedModel model = owned.own(TrainedModel.read(target, shape.rowTokens));
        if (model.config().mask() != Mask.CAUSAL) {
            throw new UsageException("--target " + target + " sees tokens in both directions; a draft's does not");
        }
        if (model.config().contextLength() < shape.rowTokens) {
            throw new UsageException("--target " + target + " has a context of "
                    + model.config().contextLength() + " tokens, --row-tokens is " + shape.rowTokens);
        }
        return Optional.of(model);
    }

    private PreparedCorpus text(TrainCorpus source, boolean resumed) throws IOException {
        PreparedCorpus text;
        try (Interruption _ = Interruption.ofThisThread();
                StatusLine status = new StatusLine(console, common)) {
            String what = source.describe();
            text = source.get(resumed, status, () -> say("preparing " + what + ", once for this folder"));
        } catch (CancellationException e) {
            throw new ClosedByInterruptException();
        }
        if (source.isPrepared()
                && vocabulary != null
                && vocabulary != text.vocabulary().size()) {
            throw new UsageException("--vocabulary is " + vocabulary + ", but the prepared corpus " + corpus + " has "
                    + text.vocabulary().size() + " tokens");
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
        if (target != null) {
            try (GgufFile file = GgufFile.open(target)) {
                if (!TrainedVocabulary.of(file.metadata()).isSameAs(text.vocabulary())) {
                    throw new UsageException("--target " + target + " has another vocabulary than the corpus; name the"
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
        if (!common.quiet) {
            console.message(line);
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
        if (minutes != null) {
            length = TrainDeadline.hasFallen(trainer)
                    ? length + ", whatever --minutes is, since the rate falls already"
                    : "steps of " + plan.stepTokens() + " tokens for " + minutes + " minutes";
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
