package dev.lockstep.train.model;

import dev.lockstep.kernel.Kernels;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;

/**
 * The gradients of all weights, summed over the batches of a step.
 *
 * <p>Where embedding and output are tied, what the embedding gets from the first layer is kept apart until
 * {@link #complete}. So each sum runs over the rows of a step in ascending order, and how the rows were cut into batches
 * cannot change a bit.
 */
public final class Gradients implements Owned.Resource {
    private final Owned owned = new Owned();
    private final TransformerConfig config;
    private final ParameterMemory sums;
    private final Region apart;

    /** Zeros. */
    public Gradients(TransformerConfig config, ParameterLayout layout) {
        this.config = config;
        this.sums = owned.own(new ParameterMemory("gradients", layout));
        this.apart = owned.own(Region.allocate("gradient of the embedding", apartBytes(config)));
        apart.touch();
    }

    /** Bytes of the gradients of a model of this shape. */
    public static long bytes(TransformerConfig config, ParameterLayout layout) {
        return layout.bytes() + apartBytes(config);
    }

    private static long apartBytes(TransformerConfig config) {
        return config.tied() ? 4L * config.vocabulary() * config.width() : 0;
    }

    /** The sums; those of a tied embedding lack the first layer's part until {@link #complete}. */
    public ParameterMemory sums() {
        return sums;
    }

    /** Where the first layer's gradients are added, {@code vocabulary × width} floats. */
    long embedding() {
        return config.tied() ? apart.address() : sums.address(sums.layout().embedding());
    }

    /** Adds what was kept apart: the worker's share of it. Once a step, after its last batch. */
    public void complete(Share share) {
        if (!config.tied()) {
            return;
        }
        Kernels k = share.kernels();
        long to = sums.address(sums.layout().embedding());
        long rowBytes = 4L * config.width();
        for (int token = share.from(config.vocabulary()); token < share.to(config.vocabulary()); token++) {
            k.add(to + token * rowBytes, apart.address() + token * rowBytes, config.width());
        }
    }

    /** Sets everything to zero. */
    public void clear() {
        sums.region().touch();
        apart.touch();
    }

    @Override
    public void close() {
        owned.close();
    }
}
