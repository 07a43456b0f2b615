package dev.lockstep.bench;

import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.KernelPhase;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelConfig;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.PhaseTimes;
import dev.lockstep.model.Step;
import dev.lockstep.model.WeightStorage;
import dev.lockstep.sample.Sampler;
import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.trace.CostModel;
import java.util.Arrays;
import java.util.List;

/**
 * A loaded model whose steps can be timed, without an engine around it.
 *
 * <p>A decode step is the next token of each of {@code rows} sequences that hold a prompt already: the
 * forward pass, and the greedy choice of every row's token. It is repeated at the same position, so that every
 * repetition costs the same. A prefill step is a whole prompt from position 0 on, with the choice of one token.
 */
public final class StepBench implements AutoCloseable {
    /** Tokens of each sequence before the one that is decoded, if nothing else is asked for. */
    public static final int DECODE_PROMPT_DEFAULT = 15;

    private static final long WARM_UP_WINDOW_NS = 200_000_000;
    private static final long WARM_UP_MAX_NS = 5_000_000_000L;
    /** Warm-up ends with the window that is no faster than this part of the one before. */
    private static final double STABLE = 0.97;

    private static final long RUN_NS = 250_000_000;
    private static final int RUN_STEPS_MAX = 25;

    private final int decodePrompt;
    private final Model model;
    private final CostModel cost;
    private final Step step;
    private final Sampler sampler;
    private final PageTable[] sequences;
    private final PageTable prompt;
    private final int[] tokens;

    /**
     * Loads a model, all weights packed in memory, with room for given steps.
     *
     * @param decodePrompt tokens of each sequence before the one that is decoded, at least 1
     * @throws IllegalArgumentException if a prompt is longer than the model's context
     */
    public StepBench(
            GgufFile file,
            KernelTier.Choice tier,
            int threads,
            List<StepCase> steps,
            int decodePrompt,
            LoadProgress progress)
            throws UnusableModelException {
        this(file, tier, threads, steps, decodePrompt, WeightStorage.PACKED, Long.MAX_VALUE, progress);
    }

    /**
     * Loads a model with room for given steps.
     *
     * @param decodePrompt tokens of each sequence before the one that is decoded, at least 1
     * @param storage how the weights are kept
     * @param memoryBudget what the memory plan may take
     * @throws IllegalArgumentException if a prompt is longer than the model's context
     * @throws dev.lockstep.engine.MemoryBudgetException if the memory plan is over the budget
     */
    public StepBench(
            GgufFile file,
            KernelTier.Choice tier,
            int threads,
            List<StepCase> steps,
            int decodePrompt,
            WeightStorage storage,
            long memoryBudget,
            LoadProgress progress)
            throws UnusableModelException {
        this.decodePrompt = decodePrompt;
        int sequenceCount = rowsMax(steps, StepCase.Phase.DECODE);
        int promptRows = rowsMax(steps, StepCase.Phase.PREFILL);
        int context = Math.max(sequenceCount == 0 ? 1 : decodePrompt + 1, promptRows);
        int pages = KvShape.pages(promptRows) + sequenceCount * KvShape.pages(decodePrompt + 1);
        int rows = Math.max(context, sequenceCount);
        ModelLimits limits =
                new ModelLimits(context, pages, ElementType.F16, rows, Math.max(1, sequenceCount), threads);
        int trained = ModelConfig.of(file).contextLength();
        if (context > trained) {
            throw new IllegalArgumentException(
                    "a step needs a context of " + context + " tokens, the model's holds " + trained);
        }
        MemoryBudget.plan(file, limits, tier, storage, memoryBudget);
        model = Model.load(file, limits, tier, storage, progress);
        cost = new CostModel(model);
        step = new Step(rows, Math.max(1, sequenceCount));
        int vocabulary = model.config().vocabulary();
        sampler = new Sampler(
                SamplingParameters.GREEDY, new Sampler.Workspace(vocabulary, tier.samplingKernels()), new int[0]);
        tokens = new int[rows];
        Arrays.setAll(tokens, i -> (3 + 7 * i) % vocabulary);
        prompt = new PageTable(model.cache(), context);
        prompt.reserve(promptRows);
        sequences = new PageTable[sequenceCount];
        for (int i = 0; i < sequenceCount; i++) {
            sequences[i] = prompted();
        }
    }

    private static int rowsMax(List<StepCase> steps, StepCase.Phase phase) {
        return steps.stream()
                .filter(step -> step.phase() == phase)
                .mapToInt(StepCase::rows)
                .max()
                .orElse(0);
    }

    private PageTable prompted() {
        PageTable sequence = new PageTable(model.cache(), decodePrompt + 1);
        sequence.reserve(decodePrompt + 1);
        step.clear();
        for (int position = 0; position < decodePrompt; position++) {
            step.add(sequence, position, tokens[position], position == decodePrompt - 1);
        }
        model.forward(step);
        return sequence;
    }

    /** Repeats a step until it does not get faster any more, which is when the compiler is done with it. */
    public void warmUp(StepCase of) {
        long begin = System.nanoTime();
        double before = Double.POSITIVE_INFINITY;
        while (true) {
            double ms = run(of, WARM_UP_WINDOW_NS, Integer.MAX_VALUE).ms();
            if (ms > STABLE * before || System.nanoTime() - begin > WARM_UP_MAX_NS) {
                return;
            }
            before = ms;
        }
    }

    /**
     * What a run of a step gave.
     *
     * @param ms the median of a step's milliseconds
     * @param phases where the time of all steps of the run went
     */
    public record Run(double ms, PhaseTimes phases) {}

    /** Repeats a step for a quarter of a second, at least once. */
    public Run run(StepCase of) {
        return run(of, RUN_NS, RUN_STEPS_MAX);
    }

    private Run run(StepCase of, long ns, int stepsMax) {
        long[] phases = new long[PhaseTimes.PHASES];
        double[] ms = new double[16];
        int steps = 0;
        long begin = System.nanoTime();
        long now = begin;
        while (steps == 0 || steps < stepsMax && now - begin < ns) {
            fill(of);
            long stepBegin = System.nanoTime();
            model.forward(step);
            choose();
            now = System.nanoTime();
            PhaseTimes times = model.phaseTimes();
            for (KernelPhase phase : KernelPhase.values()) {
                phases[phase.ordinal()] += times.ns(phase);
            }
            if (steps == ms.length) {
                ms = Arrays.copyOf(ms, 2 * steps);
            }
            ms[steps++] = Math.max(1, now - stepBegin) / 1e6;
        }
        return new Run(Median.of(Arrays.copyOf(ms, steps)), new PhaseTimes(phases, model.barriers()));
    }

    private void fill(StepCase of) {
        step.clear();
        for (int r = 0; r < of.rows(); r++) {
            switch (of.phase()) {
                case DECODE -> step.add(sequences[r], decodePrompt, tokens[r], true);
                case PREFILL -> step.add(prompt, r, tokens[r], r == of.rows() - 1);
            }
        }
    }

    /** Chooses the next step's first tokens by the logits of this one. */
    private void choose() {
        for (int i = 0; i < step.logits(); i++) {
            tokens[i] = sampler.sample(model.logits(i), step.position(step.logitsRow(i)) + 1);
        }
    }

    /** What the model was planned to take in memory. */
    public MemoryPlan memoryPlan() {
        return model.memoryPlan();
    }

    /** Bytes of weights, keys and values that a step reads. */
    public long bytes(StepCase of) {
        fill(of);
        return cost.weightBytes(step) + cost.kvBytes(step);
    }

    /** Multiply-adds of a step. */
    public long multiplyAdds(StepCase of) {
        fill(of);
        return cost.flops(step) / 2;
    }

    @Override
    public void close() {
        model.close();
    }
}
