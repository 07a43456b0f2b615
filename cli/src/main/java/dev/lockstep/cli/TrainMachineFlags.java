package dev.lockstep.cli;

import dev.lockstep.engine.Processors;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.train.Parallel;
import dev.lockstep.train.run.TrainingMachine;
import picocli.CommandLine.Option;

/** What a model is trained with: flags that change time and memory, and never a weight. */
final class TrainMachineFlags {
    @Option(
            names = "--kernels",
            paramLabel = "TIER",
            converter = OneOf.Kernels.class,
            description = "auto, scalar, vector or native: the same bits, at another speed. Default: auto.")
    KernelTier kernels = KernelTier.AUTO;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute, 1 to 1024. Default: one for each physical core.")
    int threads = Processors.physicalCores();

    @Option(
            names = "--batch-tokens",
            paramLabel = "N",
            description = "Tokens that go through the model at once, 1 to 1048576, in whole rows: more take more "
                    + "memory. Default: 4096.")
    int batchTokens = TrainingMachine.BATCH_TOKENS_DEFAULT;

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Refuse a run that takes more memory, such as 512M, 2G (powers of 1000) or 1.5GiB (powers "
                    + "of 1024); preparing the corpus is not counted. Default: no limit.")
    ByteSize budget;

    /**
     * The machine.
     *
     * @throws UsageException if a flag's value is out of range
     */
    TrainingMachine machine() {
        if (threads < 1 || threads > Parallel.THREADS_MAX) {
            throw new UsageException("--threads is " + threads + ", allowed are 1 to " + Parallel.THREADS_MAX);
        }
        return UsageException.blamed(() -> new TrainingMachine(kernels.choose(), threads, batchTokens));
    }
}
