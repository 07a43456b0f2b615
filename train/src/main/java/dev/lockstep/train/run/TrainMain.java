package dev.lockstep.train.run;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.RopeStyle;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Owned;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.TrainingPhase;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.objective.Distillation;
import dev.lockstep.train.objective.Divergence;
import dev.lockstep.train.objective.MaskedDiffusion;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.objective.Objective;
import dev.lockstep.train.optimise.OptimiserSettings;
import dev.lockstep.train.optimise.Schedule;
import dev.lockstep.train.prepared.PreparedCorpus;
import dev.lockstep.train.tokenizer.ControlToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Trains a model from a prepared corpus: {@code TrainMain --corpus FOLDER --out FOLDER --steps N [--OPTION VALUE]…}. */
public final class TrainMain {
    private static final Map<String, String> DEFAULTS = Map.ofEntries(
            Map.entry("objective", "next-token"),
            Map.entry("steps", "1000"),
            Map.entry("seed", "1"),
            Map.entry("threads", "2"),
            Map.entry("layers", "8"),
            Map.entry("width", "320"),
            Map.entry("heads", "5"),
            Map.entry("kv-heads", "1"),
            Map.entry("head-size", "64"),
            Map.entry("feed-forward", "896"),
            Map.entry("row-tokens", "512"),
            Map.entry("step-rows", "32"),
            Map.entry("batch-tokens", "4096"),
            Map.entry("optimiser", "muon"),
            Map.entry("rate", "0.003"),
            Map.entry("hidden-rate", "0.01"),
            Map.entry("weight-decay", "0.1"),
            Map.entry("clip", "1"),
            Map.entry("warm-up", "50"),
            Map.entry("decay", "0.4"),
            Map.entry("save-every", "50"),
            Map.entry("evaluate-every", "200"),
            Map.entry("name", "lockstep"),
            Map.entry("target", ""),
            Map.entry("corpus", ""),
            Map.entry("out", ""));

    private final Map<String, String> options = new TreeMap<>(DEFAULTS);
    private final PreparedCorpus corpus;
    private final Path out;

    private TrainMain(String[] arguments) throws IOException {
        for (int i = 0; i < arguments.length; i += 2) {
            String name = arguments[i].startsWith("--") ? arguments[i].substring(2) : arguments[i];
            if (!DEFAULTS.containsKey(name) || i + 1 == arguments.length) {
                throw new IllegalArgumentException("option " + arguments[i] + " is not known or lacks a value; known: "
                        + String.join(", ", options.keySet()));
            }
            options.put(name, arguments[i + 1]);
        }
        if (text("corpus").isEmpty() || text("out").isEmpty()) {
            throw new IllegalArgumentException("--corpus and --out are needed");
        }
        corpus = PreparedCorpus.read(Path.of(text("corpus")));
        out = Path.of(text("out"));
    }

    /** Goes on from the newest checkpoint in the folder {@code out}, if there is one. */
    public static void main(String[] arguments) throws IOException {
        try {
            new TrainMain(arguments).run();
        } catch (IllegalArgumentException | CheckpointException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private String text(String option) {
        return options.get(option);
    }

    private int number(String option) {
        return Integer.parseInt(text(option));
    }

    private double real(String option) {
        return Double.parseDouble(text(option));
    }

    private void run() throws IOException {
        try (Owned owned = new Owned()) {
            Optional<TrainedModel> target = text("target").isEmpty()
                    ? Optional.empty()
                    : Optional.of(owned.own(TrainedModel.read(Path.of(text("target")), number("row-tokens"))));
            TrainingPlan plan = plan();
            TrainingMachine machine =
                    new TrainingMachine(KernelTier.AUTO.choose(), number("threads"), number("batch-tokens"));
            Optional<Path> checkpoint = Checkpoint.newest(out);
            Trainer trainer = owned.own(
                    checkpoint.isPresent()
                            ? Trainer.resume(checkpoint.get(), plan, corpus.training(), target, machine)
                            : Trainer.start(plan, corpus.training(), target, machine));
            line("%s", plan);
            line("%d weights, from step %d", trainer.weights().layout().elements(), trainer.steps());
            trainer.run(this::after);
            finish(trainer);
        }
    }

    private TrainingPlan plan() {
        Objective objective = objective();
        TransformerConfig model = new TransformerConfig(
                number("layers"),
                number("width"),
                number("heads"),
                number("kv-heads"),
                number("head-size"),
                number("feed-forward"),
                corpus.vocabulary().size(),
                number("row-tokens"),
                10_000,
                RopeStyle.INTERLEAVED,
                1e-5f,
                true,
                objective.mask());
        OptimiserSettings.HiddenRule rule =
                OptimiserSettings.HiddenRule.valueOf(text("optimiser").toUpperCase(Locale.ROOT));
        long steps = number("steps");
        long decay = Math.round(steps * real("decay"));
        Schedule schedule =
                new Schedule(steps, Math.min(number("warm-up"), steps - decay), decay, Schedule.Shape.LINEAR, 0);
        return new TrainingPlan(
                model,
                objective,
                new OptimiserSettings(rule, real("rate"), real("hidden-rate"), real("weight-decay"), real("clip")),
                schedule,
                number("row-tokens"),
                number("step-rows"),
                number("seed"));
    }

    private Objective objective() {
        return switch (text("objective")) {
            case "next-token" -> new NextToken();
            case "distillation" -> new Distillation(new Divergence.ForwardKl(), 1, 0);
            case "diffusion" -> new MaskedDiffusion(corpus.vocabulary().id(ControlToken.MASK));
            default ->
                throw new IllegalArgumentException(
                        "objective is " + text("objective") + ", known are next-token, distillation, diffusion");
        };
    }

    private boolean after(Trainer trainer, StepReport r) {
        line(
                "step %5d  loss %.4f  norm %.3f  rate %.3f  %.0f tok/s  %.1f GFLOP/s  %s",
                r.step(), r.loss(), r.gradientNorm(), r.rate(), r.tokensPerSecond(), r.gigaflops(), shares(r));
        if (trainer.steps() % number("save-every") == 0) {
            save(trainer);
        }
        if (trainer.steps() % number("evaluate-every") == 0) {
            evaluate(trainer, 100);
        }
        return true;
    }

    private static String shares(StepReport r) {
        StringBuilder text = new StringBuilder();
        double all = r.phases().values().stream().mapToLong(Long::longValue).sum();
        for (TrainingPhase phase : TrainingPhase.values()) {
            text.append(String.format(
                    Locale.ROOT, "%s %.1f%% ", phase, 100 * r.phases().get(phase) / all));
        }
        return text.toString();
    }

    private void save(Trainer trainer) {
        try {
            line("saved %s", trainer.save(out));
        } catch (IOException e) {
            line("could not be saved: %s", e);
        }
    }

    private void evaluate(Trainer trainer, int rows) {
        TrainingPlan plan = trainer.plan();
        Objective objective = plan.model().mask() == Mask.CAUSAL ? new NextToken() : plan.objective();
        Evaluation e = Evaluation.of(
                plan.model(),
                trainer.weights(),
                objective,
                corpus.heldOut(),
                plan.rowTokens(),
                rows,
                1,
                trainer.team());
        line(
                "held out, %d tokens: %.4f bits a byte, loss %.4f, accuracy %.4f",
                e.tokens(), e.bitsPerByte(), e.loss(), e.accuracy());
    }

    private void finish(Trainer trainer) throws IOException {
        save(trainer);
        evaluate(trainer, Integer.MAX_VALUE);
        for (ElementType type : new ElementType[] {ElementType.F32, ElementType.Q8_0}) {
            Path file = out.resolve(text("name") + "-" + type.name().toLowerCase(Locale.ROOT) + ".gguf");
            ModelExport.write(
                    trainer.plan().model(), trainer.weights(), text("name"), type, corpus.vocabulary()::putInto, file);
            line("wrote %s", file);
        }
    }

    private static void line(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
