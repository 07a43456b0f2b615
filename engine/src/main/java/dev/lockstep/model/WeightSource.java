package dev.lockstep.model;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Kernels;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.PackedMatrix;
import java.util.stream.Stream;

/**
 * Where the workers of a step find the weights: in memory, or on their way there.
 *
 * <p>One thread calls {@link #begin} before the workers of a step start, and {@link #end} or {@link #failed} after they
 * stopped. In between every worker asks for the layers in ascending order and then, if the step has rows with logits, for
 * the pieces of the output matrix, and gives each back when it will not read it any more.
 */
interface WeightSource extends Owned.Resource {
    /** Kernels of a tier that run from these weights: an instance for each of {@code workers}. */
    default Kernels[] kernels(KernelTier.Choice tier, int workers) {
        return Stream.generate(tier::kernels).limit(workers).toArray(Kernels[]::new);
    }

    /** A step begins; {@code logits} says whether any of its rows wants them. */
    default void begin(boolean logits) {}

    /** The step is done. */
    default void end() {}

    /** A worker failed: whoever waits for weights must stop waiting. */
    default void abort() {}

    /** The step failed with {@code thrown}: returns what to throw, which is the source's own failure if it had one. */
    default RuntimeException failed(RuntimeException thrown) {
        return thrown;
    }

    /** Writes the embedding of a token, a row of floats, to {@code to}. */
    void embed(int worker, int token, long to);

    /** The number of layers. */
    int layers();

    /** A layer, as soon as it is in memory. */
    ModelWeights.Layer layer(int worker, int layer);

    /** The worker has read what it needs of a layer. */
    default void layerDone(int worker, int layer) {}

    /** {@code width} floats. */
    long outputNorm();

    /** Whether activations are quantised before they meet the output matrix. */
    boolean outputQuantised();

    /** Into how many pieces the output matrix is cut: runs of outputs that follow each other. */
    int outputPieces();

    /** A piece of the output matrix, as soon as it is in memory. */
    PackedMatrix output(int worker, int piece);

    /** The worker has read what it needs of a piece. */
    default void outputDone(int worker, int piece) {}

    /** What steps cost in weights. */
    WeightTraffic traffic();
}
