package dev.lockstep.sample;

import dev.lockstep.kernel.KernelTier;

/** Workspaces of the fastest tier, which the tests compare with plain Java. */
public final class Workspaces {
    private Workspaces() {}

    public static Sampler.Workspace of(int vocabulary) {
        return new Sampler.Workspace(vocabulary, KernelTier.AUTO.choose().samplingKernels());
    }
}
