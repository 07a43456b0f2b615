package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.TensorReader;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Kernels;
import dev.lockstep.kernel.UnpackedKernels;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;

/**
 * Weights that stay in the mapped file: each worker packs a panel when it needs it ({@link UnpackedKernels}), and only
 * vectors and buffers take memory of the process's own.
 *
 * <pre>
 * +--------------+------------------------------------------------+------------------------------------+
 * | norm vectors | for each worker: the rows of a panel, and it   | an embedding's row for each worker |
 * +--------------+------------------------------------------------+------------------------------------+
 * </pre>
 */
final class MappedWeights extends WholeWeights {
    private final EmbeddingRows embedding;
    private final long panels;
    private final ChunkPacker.Buffers buffers;

    private MappedWeights(
            ModelWeights weights, EmbeddingRows embedding, long panels, ChunkPacker.Buffers buffers, Owned owned) {
        super(weights, owned);
        this.embedding = embedding;
        this.panels = panels;
        this.buffers = buffers;
    }

    /**
     * Maps the file once more, and checks all weights.
     *
     * @throws UnusableModelException if the file does not hold a model that can run, or cannot be read
     */
    static MappedWeights load(
            GgufFile file, ModelConfig config, KernelTier.Choice tier, Workers workers, LoadProgress progress)
            throws UnusableModelException {
        int threads = workers.count();
        Owned owned = new Owned();
        try {
            TensorReader reader = owned.own(TensorReader.mapping(file));
            long bytes = vectorBytes(file, config) + bufferBytes(file, config, threads);
            Region region = owned.own(Region.allocate("weights", bytes));
            WeightPlacer placer = WeightPlacer.unpacked(file, region.address(), reader::data);
            ModelWeights weights = ModelWeights.place(placer, config);
            check(placer, reader, tier, workers, progress);

            long panels = placer.end();
            ChunkPacker.Buffers buffers = ChunkPacker.Buffers.of(placer.placements());
            long rows = panels + threads * (buffers.panelRows() + buffers.panel());
            GgufTensor table = ModelWeights.embeddingInFile(new WeightPlacer(file, 0), config);
            EmbeddingRows embedding = new EmbeddingRows(reader, table, rows, threads);
            return new MappedWeights(weights, embedding, panels, buffers, owned);
        } catch (Throwable e) {
            owned.close();
            throw e;
        }
    }

    /** Bytes of the vectors, which are copied. */
    static long vectorBytes(GgufFile file, ModelConfig config) throws UnusableModelException {
        return place(file, config).end();
    }

    /** Bytes of the workers' panels and rows. */
    static long bufferBytes(GgufFile file, ModelConfig config, int threads) throws UnusableModelException {
        GgufTensor table = ModelWeights.embeddingInFile(new WeightPlacer(file, 0), config);
        ChunkPacker.Buffers buffers = ChunkPacker.Buffers.of(place(file, config).placements());
        return threads * (buffers.panelRows() + buffers.panel()) + EmbeddingRows.bytes(table, threads);
    }

    /** Bytes of the file that steps read. */
    static long mappedBytes(GgufFile file, ModelConfig config) throws UnusableModelException {
        return place(file, config).placements().stream()
                .filter(placement -> placement instanceof WeightPlacer.Placement.Unpacked)
                .mapToLong(placement -> placement.tensor().bytes())
                .sum();
    }

    private static WeightPlacer place(GgufFile file, ModelConfig config) throws UnusableModelException {
        WeightPlacer placer = WeightPlacer.unpacked(file, 0, file::data);
        ModelWeights.place(placer, config);
        return placer;
    }

    private static void check(
            WeightPlacer placer, TensorReader reader, KernelTier.Choice tier, Workers workers, LoadProgress progress)
            throws UnusableModelException {
        ChunkPacker.Buffers buffers = ChunkPacker.Buffers.of(placer.placements());
        try (Region staging = Region.allocate("staging", workers.count() * buffers.bytes())) {
            ChunkPacker[] packers = buffers.packers(reader, tier, staging.address(), workers.count());
            PackJob job = new PackJob(placer.placements());
            new WeightLoader(workers, packers, job.bytes(), progress).load(job);
        }
        // Which of the file's pages stay in memory is for the steps to decide.
        placer.placements().forEach(placement -> reader.data(placement.tensor()).unload());
    }

    @Override
    public Kernels[] kernels(KernelTier.Choice tier, int workers) {
        Kernels[] kernels = new Kernels[workers];
        for (int i = 0; i < workers; i++) {
            long rows = panels + i * (buffers.panelRows() + buffers.panel());
            kernels[i] = new UnpackedKernels(tier.kernels(), tier.packer(), rows, rows + buffers.panelRows());
        }
        return kernels;
    }

    @Override
    public void embed(int worker, int token, long to) {
        embedding.read(worker, token, to);
    }
}
