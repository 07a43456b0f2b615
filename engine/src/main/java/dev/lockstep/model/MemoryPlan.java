package dev.lockstep.model;

import dev.lockstep.cache.KvCache;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Kernels;

/**
 * What a model will take in memory, in bytes, known before anything is loaded and fixed afterwards.
 *
 * @param weights weights in memory: all of them, packed, or those that stay and the slots that the others pass through
 * @param kvCache KV pages, and the prefix tree over them if there is one
 * @param ropeTable cosines and sines of every position
 * @param scratch working buffers of a step, and those of reading weights in steps
 * @param jvm the JVM's own: {@link JvmShare}
 * @param mapped bytes of the file that steps run from; not in the total, since the operating system takes such pages back
 *     when it needs memory
 * @param streamed bytes of the file that a step with logits reads anew
 * @param draft all that a smaller model takes which guesses for this one; 0 if there is none
 */
public record MemoryPlan(
        long weights, long kvCache, long ropeTable, long scratch, long jvm, long mapped, long streamed, long draft) {
    /** The plan of a model for which no other one guesses. */
    public MemoryPlan(long weights, long kvCache, long ropeTable, long scratch, long jvm, long mapped, long streamed) {
        this(weights, kvCache, ropeTable, scratch, jvm, mapped, streamed, 0);
    }

    /** The plan for a file with all weights packed in memory. */
    public static MemoryPlan of(GgufFile file, ModelLimits limits, KernelTier.Choice tier)
            throws UnusableModelException {
        return of(file, limits, tier, WeightStorage.PACKED);
    }

    /** The plan for a file under given limits. */
    public static MemoryPlan of(GgufFile file, ModelLimits limits, KernelTier.Choice tier, WeightStorage storage)
            throws UnusableModelException {
        ModelConfig config = ModelConfig.of(file);
        long jvm = JvmShare.bytes(tier, limits.threads(), config.vocabulary());
        MemoryPlan bare = withoutWeights(config, limits, tier.kernels(), jvm);
        int threads = limits.threads();
        return switch (storage) {
            case WeightStorage.Packed _ -> bare.with(PackedWeights.bytes(file, config), 0, 0, 0);
            case WeightStorage.Mapped _ ->
                bare.with(
                        MappedWeights.vectorBytes(file, config),
                        MappedWeights.bufferBytes(file, config, threads),
                        MappedWeights.mappedBytes(file, config),
                        0);
            case WeightStorage.Streamed s -> {
                MemoryPlan buffered = bare.with(0, StreamedWeights.bufferBytes(file, config, threads), 0, 0);
                Residency residency = buffered.residency(file, config, s);
                yield buffered.with(residency.bytes(), 0, 0, residency.streamedBytes(file, config));
            }
        };
    }

    private static MemoryPlan withoutWeights(ModelConfig config, ModelLimits limits, Kernels kernels, long jvm) {
        return new MemoryPlan(
                0,
                KvCache.bytes(config.kvShape(limits.kvType()), limits.kvPages(), limits.prefixTree()),
                RopeTable.bytes(config, limits.contextLength()),
                Scratch.bytes(config, limits, kernels),
                jvm,
                0,
                0);
    }

    private MemoryPlan with(long newWeights, long moreScratch, long newMapped, long newStreamed) {
        return new MemoryPlan(newWeights, kvCache, ropeTable, scratch + moreScratch, jvm, newMapped, newStreamed);
    }

    /** The same with a model beside it that guesses and takes so many bytes. */
    public MemoryPlan withDraft(long bytes) {
        return new MemoryPlan(weights, kvCache, ropeTable, scratch, jvm, mapped, streamed, bytes);
    }

    /** What stays in memory, if all but the weights takes what it takes here. */
    Residency residency(GgufFile file, ModelConfig config, WeightStorage.Streamed storage)
            throws UnusableModelException {
        boolean unlimited = storage.budget() == Long.MAX_VALUE;
        return Residency.choose(file, config, unlimited ? Long.MAX_VALUE : storage.budget() - (total() - weights));
    }

    /** All of it. */
    public long total() {
        return weights + kvCache + ropeTable + scratch + jvm + draft;
    }
}
