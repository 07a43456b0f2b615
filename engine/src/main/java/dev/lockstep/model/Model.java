package dev.lockstep.model;

import dev.lockstep.cache.KvCache;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Kernels;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.Memory;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A loaded model: weights, KV cache and the forward pass over a {@link Step}. It knows token ids only.
 *
 * <p>All memory is taken at load, as {@link MemoryPlan} says, and given back by {@link #close}. One thread at a time
 * runs {@link #forward}; it is worker 0 of the model's workers.
 */
public final class Model implements AutoCloseable {
    private final ModelConfig config;
    private final ModelLimits limits;
    private final MemoryPlan plan;
    private final WeightSource weights;
    private final KvCache cache;
    private final Scratch scratch;
    private final ForwardPass pass;
    private final Workers workers;
    private final Owned memory;

    private Model(
            ModelConfig config,
            ModelLimits limits,
            MemoryPlan plan,
            WeightSource weights,
            KvCache cache,
            Scratch scratch,
            ForwardPass pass,
            Workers workers,
            Owned memory) {
        this.config = config;
        this.limits = limits;
        this.plan = plan;
        this.weights = weights;
        this.cache = cache;
        this.scratch = scratch;
        this.pass = pass;
        this.workers = workers;
        this.memory = memory;
    }

    /**
     * Loads a model with all weights packed in memory. The file may be closed afterwards.
     *
     * @param tier the kernels to run
     * @param progress hears how far loading is
     * @throws UnusableModelException if the file does not hold a model that can run, or cannot be read
     */
    public static Model load(GgufFile file, ModelLimits limits, KernelTier.Choice tier, LoadProgress progress)
            throws UnusableModelException {
        return load(file, limits, tier, WeightStorage.PACKED, progress);
    }

    /**
     * Loads a model. The file may be closed afterwards; a model that goes on reading has opened it once more.
     *
     * @param tier the kernels to run
     * @param storage how the weights are kept
     * @param progress hears how far loading is
     * @throws UnusableModelException if the file does not hold a model that can run, or cannot be read
     */
    public static Model load(
            GgufFile file, ModelLimits limits, KernelTier.Choice tier, WeightStorage storage, LoadProgress progress)
            throws UnusableModelException {
        return load(file, limits, tier, storage, null, progress);
    }

    /**
     * Loads a model that is run by the same threads as another one, in turns with it.
     *
     * @param others whose workers run it; must have as many as {@code limits} says, and be closed after this one
     * @throws UnusableModelException if the file does not hold a model that can run, or cannot be read
     */
    public static Model loadBeside(
            Model others, GgufFile file, ModelLimits limits, KernelTier.Choice tier, LoadProgress progress)
            throws UnusableModelException {
        if (others.workers.count() != limits.threads()) {
            throw new IllegalArgumentException(
                    limits.threads() + " threads beside a model of " + others.workers.count());
        }
        return load(file, limits, tier, WeightStorage.PACKED, others.workers, progress);
    }

    private static Model load(
            GgufFile file,
            ModelLimits limits,
            KernelTier.Choice tier,
            WeightStorage storage,
            Workers shared,
            LoadProgress progress)
            throws UnusableModelException {
        ModelConfig config = ModelConfig.of(file);
        ConfigReader.of(file).refuseBidirectional();
        float[] ropeFactors = RopeTable.factors(file, config);
        MemoryPlan plan = MemoryPlan.of(file, limits, tier, storage);
        Owned memory = new Owned();
        try {
            Workers workers = shared == null ? memory.own(new Workers(limits.threads())) : shared;
            WeightSource weights = memory.own(
                    switch (storage) {
                        case WeightStorage.Packed _ -> PackedWeights.load(file, config, tier, workers, progress);
                        case WeightStorage.Mapped _ -> MappedWeights.load(file, config, tier, workers, progress);
                        case WeightStorage.Streamed s -> {
                            Residency residency = plan.residency(file, config, s);
                            yield StreamedWeights.load(file, config, residency, tier, workers, progress);
                        }
                    });
            Kernels[] kernels = weights.kernels(tier, limits.threads());
            KvCache cache =
                    memory.own(new KvCache(config.kvShape(limits.kvType()), limits.kvPages(), limits.prefixTree()));
            long scratchBytes = Scratch.bytes(config, limits, kernels[0]);
            Region work = memory.own(Region.allocate("scratch", plan.ropeTable() + scratchBytes));
            work.touch();
            Cursor cursor = new Cursor(work.address());
            RopeTable rope = RopeTable.fill(config, ropeFactors, limits.contextLength(), cursor.take(plan.ropeTable()));
            Scratch scratch = new Scratch(config, limits, kernels[0], cursor.end());
            ForwardPass pass = new ForwardPass(config, weights, rope, limits.kvType(), scratch, workers, kernels);
            return new Model(config, limits, plan, weights, cache, scratch, pass, workers, memory);
        } catch (Throwable e) {
            memory.close();
            throw e;
        }
    }

    /**
     * Runs a step: one pass over the weights. The keys and values of its rows are stored in their pages, and the logits
     * of the rows that want them can be read with {@link #logits} until the next step.
     *
     * @throws IllegalArgumentException if a token is not in the vocabulary, or a position is beyond the context or has
     *     no page
     */
    public void forward(Step step) {
        if (step.rows() == 0 || step.rows() > limits.rowsMax() || step.logits() > limits.logitsMax()) {
            throw new IllegalArgumentException("step of " + step.rows() + " rows, " + step.logits()
                    + " with logits; allowed are 1 to " + limits.rowsMax() + ", " + limits.logitsMax());
        }
        for (int r = 0; r < step.rows(); r++) {
            int token = step.token(r);
            int position = step.position(r);
            if (token < 0 || token >= config.vocabulary()) {
                throw new IllegalArgumentException(
                        "token " + token + ", allowed are 0 to " + (config.vocabulary() - 1));
            }
            if (position < 0 || position >= limits.contextLength()) {
                throw new IllegalArgumentException(
                        "position " + position + ", allowed are 0 to " + (limits.contextLength() - 1));
            }
            if (position / 16 >= step.sequence(r).pages()) {
                throw new IllegalArgumentException("position " + position + " has no KV page");
            }
        }
        pass.forward(step);
    }

    /** Logits number {@code index} of the last step: {@code vocabulary} floats, overwritten by the next step. */
    public MemorySegment logits(int index) {
        if (index < 0 || index >= limits.logitsMax()) {
            throw new IllegalArgumentException("logits " + index + " of " + limits.logitsMax());
        }
        return Memory.ALL.asSlice(scratch.logits + index * scratch.logitsPitch, 4L * config.vocabulary());
    }

    /**
     * The final hidden state number {@code index} of the last step, after the output norm: what logits are made of. Can be
     * read until the next step.
     *
     * @param into receives {@code width} floats
     */
    public void state(int index, float[] into) {
        if (index < 0 || index >= limits.rowsMax()) {
            throw new IllegalArgumentException("state " + index + " of " + limits.rowsMax());
        }
        MemorySegment.copy(Memory.ALL, ValueLayout.JAVA_FLOAT, pass.state(index), into, 0, config.width());
    }

    /**
     * Where the last step's time went, without allocating.
     *
     * @param ns gets nanoseconds by {@link KernelPhase#ordinal}, the mean over the workers; {@link PhaseTimes#PHASES} long
     */
    public void phaseNs(long[] ns) {
        for (int phase = 0; phase < ns.length; phase++) {
            ns[phase] = pass.phaseNs(phase);
        }
    }

    /** Where the last step's time went. */
    public PhaseTimes phaseTimes() {
        long[] ns = new long[PhaseTimes.PHASES];
        phaseNs(ns);
        return new PhaseTimes(ns, pass.barriers());
    }

    /** Barriers that each worker passed in the last step. */
    public int barriers() {
        return pass.barriers();
    }

    /** The model's dimensions. */
    public ModelConfig config() {
        return config;
    }

    /** What the model has room for. */
    public ModelLimits limits() {
        return limits;
    }

    /** What it takes in memory. */
    public MemoryPlan memoryPlan() {
        return plan;
    }

    /** The KV cache; it belongs to the thread that runs the steps. */
    public KvCache cache() {
        return cache;
    }

    /** Bytes of weights that a step reads and multiply-adds of weights that a row takes. */
    public WeightTraffic weightTraffic() {
        return weights.traffic();
    }

    @Override
    public void close() {
        memory.close();
    }
}
