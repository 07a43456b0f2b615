package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.TensorReader;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;

/** Weights that are all packed in memory. */
final class PackedWeights extends WholeWeights {
    private PackedWeights(ModelWeights weights, Owned owned) {
        super(weights, owned);
    }

    /**
     * Takes memory and packs all weights.
     *
     * @throws UnusableModelException if the file does not hold a model that can run, or cannot be read
     */
    static PackedWeights load(
            GgufFile file, ModelConfig config, KernelTier.Choice tier, Workers workers, LoadProgress progress)
            throws UnusableModelException {
        Owned owned = new Owned();
        try (Owned loading = new Owned()) {
            Region region = owned.own(Region.allocate("weights", bytes(file, config)));
            WeightPlacer placer = new WeightPlacer(file, region.address());
            ModelWeights weights = ModelWeights.place(placer, config);
            TensorReader reader = loading.own(TensorReader.copying(file));
            ChunkPacker.Buffers buffers = ChunkPacker.Buffers.of(placer.placements());
            Region staging = loading.own(Region.allocate("staging", workers.count() * buffers.bytes()));
            ChunkPacker[] packers = buffers.packers(reader, tier, staging.address(), workers.count());
            PackJob job = new PackJob(placer.placements());
            new WeightLoader(workers, packers, job.bytes(), progress).load(job);
            return new PackedWeights(weights, owned);
        } catch (Throwable e) {
            owned.close();
            throw e;
        }
    }

    /** Bytes that all weights take. */
    static long bytes(GgufFile file, ModelConfig config) throws UnusableModelException {
        WeightPlacer placer = new WeightPlacer(file, 0);
        ModelWeights.place(placer, config);
        return placer.end();
    }

    @Override
    public void embed(int worker, int token, long to) {
        weights.embedding().row(token, to);
    }
}
