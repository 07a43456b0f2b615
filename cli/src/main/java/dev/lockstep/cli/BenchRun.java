package dev.lockstep.cli;

import dev.lockstep.bench.Peer;
import dev.lockstep.bench.StepCase;
import dev.lockstep.bench.StepCase.Phase;
import dev.lockstep.bench.StepExperiment;
import dev.lockstep.bench.StepReport;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.ModelConfig;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code lockstep bench} does once its flags are read: steps are measured, of a model that there is or is made. */
final class BenchRun {
    private final BenchCommand flags;
    private final List<KernelTier.Choice> tiers;

    /**
     * @throws UsageException if a tier that is asked for cannot run here
     */
    BenchRun(BenchCommand flags) {
        this.flags = flags;
        this.tiers = UsageException.blamed(this::tiers);
    }

    /** Measures a model that is made for the occasion. */
    void measureMadeModel() throws IOException {
        Shape madeShape =
                flags.shape != null ? flags.shape : Shape.named("llama-1.1b").orElseThrow();
        ElementType madeType = flags.type != null ? flags.type : ElementType.Q4_0;
        Path made = Files.createTempFile("lockstep-bench-", ".gguf");
        // For Ctrl-C, which skips what is in the finally clause.
        made.toFile().deleteOnExit();
        try {
            say("no model is given: making " + madeShape.name() + " of type " + madeType + " with random weights in "
                    + made + ", which is deleted at the end");
            List<String> fallbacks;
            try (ProgressLine progress = new ProgressLine(flags.console, flags.common, "writing")) {
                fallbacks = SyntheticModel.write(madeShape, madeType, 1, made, progress);
            } catch (IllegalArgumentException e) {
                throw new UsageException(e.getMessage(), e);
            }
            if (!fallbacks.isEmpty()) {
                say("made " + madeShape.name() + SynthCommand.describe(fallbacks, madeType));
            }
            measure(made);
        } finally {
            Files.deleteIfExists(made);
        }
    }

    /** Measures a model. */
    void measure(Path path) throws IOException {
        try (GgufFile file = GgufFile.open(path);
                StatusLine status = new StatusLine(flags.console, flags.common)) {
            EngineOptions options = new EngineOptions();
            if (flags.threads != null) {
                UsageException.blamed(() -> options.threads(flags.threads));
            }
            int workers = MemoryForecast.of(file, options).threads();
            List<StepCase> steps = UsageException.blamed(() -> steps(path));
            steps = fitting(steps, ModelConfig.of(file).contextLength());
            Optional<PeerProcess> runner =
                    flags.peer == null ? Optional.empty() : LlamaCpp.find(this::goingOnWithoutPeer);
            StepExperiment experiment = new StepExperiment(
                    tiers,
                    steps,
                    flags.decodePrompt,
                    workers,
                    flags.runs,
                    flags.bandwidthMemory.bytes(),
                    flags.memory.storage(),
                    flags.memory.budgetBytes());
            StepReport report = experiment.run(file, runner.map(Peer.class::cast), listener(status));
            status.clear();
            BenchOutput output = new BenchOutput(file, experiment, report, runner);
            if (flags.json) {
                output.printJson(flags.console.out());
            } else {
                output.printTable(flags.console.out());
            }
        }
    }

    private StepExperiment.Listener listener(StatusLine status) {
        return new StepExperiment.Listener() {
            @Override
            public void doing(String what) {
                status.show(what);
            }

            @Override
            public void loaded(long done, long total) {
                status.show("loading " + 100 * done / Math.max(1, total) + " %");
            }

            @Override
            public void peerFailed(String why) {
                status.clear();
                goingOnWithoutPeer(why);
            }
        };
    }

    private void goingOnWithoutPeer(String why) {
        flags.console.message("going on without " + flags.peer + ": " + why);
    }

    private List<KernelTier.Choice> tiers() {
        List<KernelTier.Choice> tiers = new ArrayList<>();
        for (String name : flags.kernels) {
            if (name.equals("all")) {
                addIfAvailable(KernelTier.NATIVE, tiers);
                addIfAvailable(KernelTier.VECTOR, tiers);
            } else {
                addOnce(OneOf.Kernels.tier(name).choose(), tiers);
            }
        }
        return tiers;
    }

    private static void addOnce(KernelTier.Choice choice, List<KernelTier.Choice> tiers) {
        if (tiers.stream().noneMatch(other -> other.tier() == choice.tier())) {
            tiers.add(choice);
        }
    }

    private void addIfAvailable(KernelTier tier, List<KernelTier.Choice> tiers) {
        try {
            addOnce(tier.choose(), tiers);
        } catch (IllegalArgumentException e) {
            say(e.getMessage());
        }
    }

    private List<StepCase> steps(Path path) {
        List<StepCase> steps = new ArrayList<>();
        flags.decode.values().forEach(rows -> steps.add(new StepCase(Phase.DECODE, rows)));
        flags.prefill.values().forEach(rows -> steps.add(new StepCase(Phase.PREFILL, rows)));
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to measure in " + path);
        }
        return steps;
    }

    /** Leaves out, and says so, prompts that are longer than the model's context. */
    private List<StepCase> fitting(List<StepCase> steps, int context) {
        List<StepCase> fitting = new ArrayList<>(steps);
        fitting.removeIf(step -> step.phase() == Phase.PREFILL && step.rows() > context);
        if (fitting.size() < steps.size()) {
            say("prompts of more than " + context + " tokens are left out: the model's context holds no more");
        }
        if (fitting.isEmpty()) {
            throw new UsageException("there is nothing left to measure");
        }
        return fitting;
    }

    private void say(String what) {
        if (!flags.common.quiet) {
            flags.console.message(what);
        }
    }
}
