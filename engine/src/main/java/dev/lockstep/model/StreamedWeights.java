package dev.lockstep.model;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.TensorReader;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.Region;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Weights of which only a part is in memory at any time: layers, and pieces of the output matrix where need be, pass
 * through the slots of a {@link SlotRing}. Embeddings are read from the file row by row.
 *
 * <pre>
 * +-------------+---------------+------------------+--------+--------+-----------------+
 * | output norm | output matrix | layers that stay | slot 0 | slot 1 | reading buffers |
 * |             | if it stays   |                  |        |        |                 |
 * +-------------+---------------+------------------+--------+--------+-----------------+
 * </pre>
 */
final class StreamedWeights implements WeightSource {
    private final ModelConfig config;
    private final Residency residency;
    private final Owned owned = new Owned();

    private EmbeddingRows embedding;
    private long outputNorm;
    /** The output matrix, if it stays. */
    private PackedMatrix output;

    /** Each layer in each slot; one that stays is the same in both. */
    private final ModelWeights.Layer[][] layers;
    /** The number of each layer among the parts that pass through; −1 for one that stays. */
    private final int[] partOf;
    /** Each piece of the output matrix in each slot. */
    private final PackedMatrix[][] pieces;
    /** What passes through; null if everything stays. */
    private SlotRing ring;

    private StreamedWeights(ModelConfig config, Residency residency) {
        this.config = config;
        this.residency = residency;
        this.layers = new ModelWeights.Layer[SlotRing.SLOTS][config.layers()];
        this.partOf = new int[config.layers()];
        this.pieces = new PackedMatrix[SlotRing.SLOTS][residency.outputPieces()];
        Arrays.fill(partOf, -1);
    }

    /**
     * Takes memory, packs what stays there, checks all other weights, and starts reading.
     *
     * @throws UnusableModelException if the file does not hold a model that can run, or cannot be read
     */
    static StreamedWeights load(
            GgufFile file,
            ModelConfig config,
            Residency residency,
            KernelTier.Choice tier,
            Workers workers,
            LoadProgress progress)
            throws UnusableModelException {
        StreamedWeights weights = new StreamedWeights(config, residency);
        try {
            weights.load(file, tier, workers, progress);
            return weights;
        } catch (Throwable e) {
            weights.close();
            throw e;
        }
    }

    /** Bytes of the reading buffers. */
    static long bufferBytes(GgufFile file, ModelConfig config, int threads) throws UnusableModelException {
        GgufTensor table = ModelWeights.embeddingInFile(new WeightPlacer(file, 0), config);
        return (threads + 1) * buffers(file, config).bytes() + EmbeddingRows.bytes(table, threads);
    }

    private static ChunkPacker.Buffers buffers(GgufFile file, ModelConfig config) throws UnusableModelException {
        WeightPlacer all = new WeightPlacer(file, 0);
        ModelWeights.place(all, config);
        return ChunkPacker.Buffers.of(all.placements());
    }

    private void load(GgufFile file, KernelTier.Choice tier, Workers workers, LoadProgress progress)
            throws UnusableModelException {
        int threads = workers.count();
        long bytes = residency.bytes() + bufferBytes(file, config, threads);
        Region region = owned.own(Region.allocate("weights", bytes));
        TensorReader reader = owned.own(TensorReader.copying(file));

        WeightPlacer placer = new WeightPlacer(file, region.address());
        GgufTensor table = placeWhatStays(placer);
        PackJob staying = new PackJob(placer.placements());
        PackJob[][] passing = new PackJob[SlotRing.SLOTS][];
        for (int slot = 0; slot < SlotRing.SLOTS; slot++) {
            passing[slot] = placeSlot(file, slot, placer.end() + slot * residency.slotBytes());
        }
        long end = placer.end() + SlotRing.SLOTS * residency.slotBytes();
        ChunkPacker.Buffers buffers = buffers(file, config);
        ChunkPacker[] packers = buffers.packers(reader, tier, end, threads + 1);
        embedding = new EmbeddingRows(reader, table, end + packers.length * buffers.bytes(), threads);

        long total = staying.bytes();
        for (PackJob job : passing[0]) {
            total += job.bytes();
        }
        WeightLoader loader = new WeightLoader(workers, packers, total, progress);
        loader.load(staying);
        // A model with a weight that is not finite is refused now, not in the midst of a request.
        for (PackJob job : passing[0]) {
            loader.load(job);
        }
        if (passing[0].length > 0) {
            ring = owned.own(new SlotRing(passing, residency.streamedLayers(), packers));
        }
    }

    /** Places what stays and returns the embedding's tensor. */
    private GgufTensor placeWhatStays(WeightPlacer in) throws UnusableModelException {
        outputNorm = ModelWeights.placeOutputNorm(in, config);
        if (residency.outputPieces() == 0) {
            output = ModelWeights.placeOutput(in, config);
        }
        for (int l = 0; l < config.layers(); l++) {
            if (!residency.streamed()[l]) {
                layers[0][l] = ModelWeights.placeLayer(in, config, l);
                layers[1][l] = layers[0][l];
            }
        }
        return ModelWeights.embeddingInFile(in, config);
    }

    /** Places every part that passes through a slot, each from the slot's beginning on. */
    private PackJob[] placeSlot(GgufFile file, int slot, long address) throws UnusableModelException {
        List<PackJob> jobs = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            if (residency.streamed()[l]) {
                WeightPlacer in = new WeightPlacer(file, address);
                layers[slot][l] = ModelWeights.placeLayer(in, config, l);
                partOf[l] = jobs.size();
                jobs.add(new PackJob(in.placements()));
            }
        }
        for (int piece = 0; piece < residency.outputPieces(); piece++) {
            WeightPlacer in = new WeightPlacer(file, address);
            int first = piece * residency.piecePanels() * PackedMatrix.PANEL;
            int rows = Math.min(config.vocabulary() - first, residency.piecePanels() * PackedMatrix.PANEL);
            pieces[slot][piece] = ModelWeights.placeOutputPiece(in, config, first, rows);
            jobs.add(new PackJob(in.placements()));
        }
        return jobs.toArray(PackJob[]::new);
    }

    @Override
    public void begin(boolean logits) {
        if (ring != null) {
            ring.begin(logits);
        }
    }

    @Override
    public void end() {
        if (ring != null) {
            ring.end();
        }
    }

    @Override
    public void abort() {
        if (ring != null) {
            ring.abort();
        }
    }

    @Override
    public RuntimeException failed(RuntimeException thrown) {
        RuntimeException failure = ring == null ? null : ring.failure();
        if (failure != null) {
            return failure;
        }
        // An embedding that could not be read, by another worker than the one that reports.
        return thrown.getCause() instanceof UncheckedIOException e ? e : thrown;
    }

    @Override
    public void embed(int worker, int token, long to) {
        embedding.read(worker, token, to);
    }

    @Override
    public int layers() {
        return config.layers();
    }

    @Override
    public ModelWeights.Layer layer(int worker, int layer) {
        return partOf[layer] < 0 ? layers[0][layer] : layers[ring.await(worker, partOf[layer])][layer];
    }

    @Override
    public void layerDone(int worker, int layer) {
        if (partOf[layer] >= 0) {
            ring.done(partOf[layer]);
        }
    }

    @Override
    public long outputNorm() {
        return outputNorm;
    }

    @Override
    public boolean outputQuantised() {
        return output != null ? output.quantised() : pieces[0][0].quantised();
    }

    @Override
    public int outputPieces() {
        return output != null ? 1 : residency.outputPieces();
    }

    @Override
    public PackedMatrix output(int worker, int piece) {
        return output != null ? output : pieces[ring.await(worker, residency.streamedLayers() + piece)][piece];
    }

    @Override
    public void outputDone(int worker, int piece) {
        if (output == null) {
            ring.done(residency.streamedLayers() + piece);
        }
    }

    @Override
    public WeightTraffic traffic() {
        long outputBytes = 0;
        for (PackedMatrix piece : output != null ? new PackedMatrix[] {output} : pieces[0]) {
            outputBytes += piece.bytes();
        }
        return ModelWeights.traffic(layers[0], outputBytes, (long) config.vocabulary() * config.width());
    }

    @Override
    public void close() {
        owned.close();
    }
}
