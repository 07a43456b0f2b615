package dev.lockstep.train.optimise;

import dev.lockstep.tensor.Owned;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.ParameterMemory;

/** What an optimiser remembers of earlier steps; with the weights it is all of a run that changes. */
public final class OptimiserState implements Owned.Resource {
    private final Owned owned = new Owned();
    private final ParameterMemory means;
    private final ParameterMemory variances;

    /** Zeros. */
    public OptimiserState(ParameterLayout layout) {
        means = owned.own(new ParameterMemory("means of gradients", layout));
        variances = owned.own(new ParameterMemory("variances of gradients", layout));
    }

    /** Means of gradients: AdamW's m, Muon's momentum. */
    public ParameterMemory means() {
        return means;
    }

    /** AdamW's v; Muon has none. */
    public ParameterMemory variances() {
        return variances;
    }

    @Override
    public void close() {
        owned.close();
    }
}
