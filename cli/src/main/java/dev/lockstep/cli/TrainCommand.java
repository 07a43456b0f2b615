package dev.lockstep.cli;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.train.run.TrainingMachine;
import dev.lockstep.train.run.TrainingPlan;
import dev.lockstep.train.tokenizer.ControlToken;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
        return new TrainRun(resume ? withFlagsOf(folder) : this, folder, checkpoint).train();
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

    /** What can be refused before anything is read. */
    TrainingMachine check() {
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

    /** The plan for a vocabulary of so many tokens. */
    TrainingPlan plan(int tokens) {
        int mask = tokens - ControlToken.values().length + ControlToken.MASK.ordinal();
        long number = steps == null ? STEPS_DEFAULT : steps;
        return rules.plan(
                UsageException.blamed(() -> shape.config(tokens)),
                shape.objective().of(mask),
                number);
    }
}
