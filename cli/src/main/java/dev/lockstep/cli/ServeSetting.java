package dev.lockstep.cli;

import dev.lockstep.bench.serve.ServiceLevel;
import dev.lockstep.bench.serve.Workload;
import dev.lockstep.kernel.KernelTier;

/**
 * What a load test ran with.
 *
 * @param model the model file's name
 * @param threads workers of a step
 * @param kernels the kernels
 * @param workload the requests
 * @param level what a well served request keeps
 * @param simulated requests to simulate beside theory; 0 for none
 */
record ServeSetting(
        String model, int threads, KernelTier kernels, Workload workload, ServiceLevel level, int simulated) {
    /** The same with other requests. */
    ServeSetting with(Workload other) {
        return new ServeSetting(model, threads, kernels, other, level, simulated);
    }
}
