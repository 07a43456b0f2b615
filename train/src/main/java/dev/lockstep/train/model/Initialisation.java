package dev.lockstep.train.model;

import dev.lockstep.tensor.Memory;
import java.lang.foreign.ValueLayout;

/**
 * The weights that training starts from; they depend on the shape and the seed alone.
 *
 * <p>Norms are 1. Embedding and output have a deviation of 0.02 (Radford et al. 2019, GPT-2), so that at first all
 * tokens are about equally likely. Hidden matrices have 1 ÷ √columns, which keeps a signal's size; those that add to the
 * residual stream are 0, so that every layer is the identity at first and gradients reach the embedding undisturbed (Zhang
 * et al. 2019, "Fixup Initialization").
 */
public final class Initialisation {
    private static final double EMBEDDING_DEVIATION = 0.02;

    private Initialisation() {}

    /** Fills all tensors. */
    public static void fill(ParameterMemory weights, long seed) {
        Noise noise = new Noise(seed);
        for (int tensor = 0; tensor < weights.layout().all().size(); tensor++) {
            Parameter p = weights.layout().all().get(tensor);
            long address = weights.address(p);
            float mean = p.role() == Parameter.Role.NORM ? 1 : 0;
            double deviation = deviation(p);
            for (int i = 0; i < p.elements(); i++) {
                double v = deviation == 0 ? 0 : deviation * noise.normal(Noise.Purpose.INITIALISATION, tensor, i);
                Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address + 4L * i, mean + (float) v);
            }
        }
    }

    private static double deviation(Parameter p) {
        return switch (p.role()) {
            case NORM, RESIDUAL -> 0;
            case EMBEDDING, OUTPUT -> EMBEDDING_DEVIATION;
            case HIDDEN -> 1 / StrictMath.sqrt(p.columns());
        };
    }
}
