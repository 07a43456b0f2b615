package dev.lockstep.bench;

import dev.lockstep.bench.machine.ResidentMemory;
import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.PhaseTimes;
import dev.lockstep.model.WeightStorage;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How long steps take, side by side with what the machine can do and, if there is one, with a peer.
 *
 * <p>The work is done in rounds: in each, every step is run here, then the peer runs all of them, so that whatever slows
 * the machine for a while slows both. A figure is the median over the rounds. The roofline is measured before and after
 * with the same threads. Tiers are measured one after the other, each with rounds of its own.
 *
 * @param tiers the kernels to measure
 * @param steps the steps to measure
 * @param decodePrompt tokens of each sequence before the one that is decoded, at least 1
 * @param threads workers
 * @param runs rounds, at least 1
 * @param rooflineBytes as in {@link Roofline#measure}
 * @param storage how the weights are kept
 * @param memoryBudget what the memory plan may take
 */
public record StepExperiment(
        List<KernelTier.Choice> tiers,
        List<StepCase> steps,
        int decodePrompt,
        int threads,
        int runs,
        long rooflineBytes,
        WeightStorage storage,
        long memoryBudget) {
    /** An experiment with all weights packed in memory, and no budget. */
    public StepExperiment(
            List<KernelTier.Choice> tiers,
            List<StepCase> steps,
            int decodePrompt,
            int threads,
            int runs,
            long rooflineBytes) {
        this(tiers, steps, decodePrompt, threads, runs, rooflineBytes, WeightStorage.PACKED, Long.MAX_VALUE);
    }

    /** Checks that there is something to do. */
    public StepExperiment {
        if (tiers.isEmpty() || steps.isEmpty() || runs < 1 || decodePrompt < 1) {
            throw new IllegalArgumentException("an experiment of " + tiers.size() + " tiers, " + steps.size()
                    + " steps, " + runs + " runs and prompts of " + decodePrompt + ", needs 1 of each");
        }
        tiers = List.copyOf(tiers);
        steps = List.copyOf(steps);
    }

    /** Hears how the experiment goes. */
    public interface Listener extends LoadProgress {
        /** What is being done now, a clause. */
        void doing(String what);

        /** The peer failed and is left out from now on; {@code why} is a clause. */
        void peerFailed(String why);
    }

    /**
     * Runs it; nobody else should use the machine meanwhile.
     *
     * @throws IOException if the model cannot be used
     * @throws dev.lockstep.engine.MemoryBudgetException if the memory plan is over the budget
     */
    public StepReport run(GgufFile file, Optional<Peer> peer, Listener listener) throws IOException {
        listener.doing("measuring the machine");
        Roofline before = Roofline.measure(threads, rooflineBytes);
        Optional<Peer> willing = peer;
        List<StepFigures> figures = new ArrayList<>();
        List<MemoryUse> memory = new ArrayList<>();
        for (KernelTier.Choice tier : tiers) {
            ResidentMemory.resetPeak();
            try (StepBench bench =
                    new StepBench(file, tier, threads, steps, decodePrompt, storage, memoryBudget, listener)) {
                Rounds rounds = new Rounds(file, bench, tier, willing, listener);
                rounds.run();
                willing = rounds.peer;
                steps.forEach(step -> figures.add(rounds.figures(step)));
                memory.add(new MemoryUse(tier.tier().toString(), bench.memoryPlan(), ResidentMemory.peakBytes()));
            }
        }
        listener.doing("measuring the machine again");
        Roofline after = Roofline.measure(threads, rooflineBytes);
        return new StepReport(before.orBetter(after), mostlyQuantised(file), figures, memory);
    }

    /** Whether most weights belong to a type that stores blocks with a scale. */
    static boolean mostlyQuantised(GgufFile file) {
        Map<ElementType, Long> weights = new HashMap<>();
        file.tensors().forEach(tensor -> weights.merge(tensor.type(), tensor.elements(), Long::sum));
        return weights.entrySet().stream()
                .max(Comparator.comparingLong(Map.Entry::getValue))
                .map(most -> most.getKey().blockSize() > 1)
                .orElse(false);
    }

    /** The rounds of one tier. */
    private final class Rounds {
        private final GgufFile file;
        private final StepBench bench;
        private final KernelTier.Choice tier;
        private final Listener listener;
        private final Map<StepCase, List<Double>> ours = new HashMap<>();
        private final Map<StepCase, List<Double>> theirs = new HashMap<>();
        private final Map<StepCase, PhaseTimes> phases = new HashMap<>();
        private Optional<Peer> peer;

        Rounds(GgufFile file, StepBench bench, KernelTier.Choice tier, Optional<Peer> peer, Listener listener) {
            this.file = file;
            this.bench = bench;
            this.tier = tier;
            this.peer = peer;
            this.listener = listener;
        }

        void run() {
            for (StepCase step : steps) {
                listener.doing(tier.tier() + " kernels, warming up: " + words(step));
                bench.warmUp(step);
            }
            for (int round = 1; round <= runs; round++) {
                String where = tier.tier() + " kernels, run " + round + " of " + runs + ": ";
                for (StepCase step : steps) {
                    listener.doing(where + words(step));
                    StepBench.Run run = bench.run(step);
                    ours.computeIfAbsent(step, _ -> new ArrayList<>()).add(run.ms());
                    phases.put(step, run.phases());
                }
                if (peer.isPresent()) {
                    listener.doing(where + "the peer");
                    runPeer(peer.get());
                }
            }
        }

        private void runPeer(Peer runner) {
            try {
                Map<StepCase, Double> figures = runner.measure(file.path(), threads, steps);
                figures.forEach((step, ms) ->
                        theirs.computeIfAbsent(step, _ -> new ArrayList<>()).add(ms));
            } catch (IOException e) {
                theirs.clear();
                peer = Optional.empty();
                listener.peerFailed(e.getMessage());
            }
        }

        private static String words(StepCase step) {
            return step.phase() + " of " + step.rows() + (step.rows() == 1 ? " row" : " rows");
        }

        StepFigures figures(StepCase step) {
            return new StepFigures(
                    tier.tier().toString(),
                    step,
                    median(ours.get(step)),
                    bench.bytes(step),
                    bench.multiplyAdds(step),
                    phases.get(step),
                    theirs.containsKey(step) ? OptionalDouble.of(median(theirs.get(step))) : OptionalDouble.empty());
        }

        private static double median(List<Double> figures) {
            return Median.of(figures.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }
}
