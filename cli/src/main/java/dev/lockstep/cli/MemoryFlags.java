package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.model.WeightStorage;
import picocli.CommandLine.Option;

/** How much memory a model may take, and what becomes of weights that do not fit. */
final class MemoryFlags {
    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description =
                    "Refuse a model whose memory plan, which has the JVM's share in it, is larger, such as 512M, 2G "
                            + "(powers of 1000) or 1.5GiB (powers of 1024). Default: no limit.")
    ByteSize budget;

    @Option(
            names = "--stream-layers",
            description =
                    "Read the layers from the file in every pass over the weights, through two slots of memory: a "
                            + "model larger than the memory runs, slower. With --memory-budget, as many layers as fit stay in "
                            + "memory.")
    boolean streamLayers;

    @Option(
            names = "--no-pack",
            description = "Run from the mapped file instead of packing the weights in memory: the smallest memory of "
                    + "the process's own, and slower. Not together with --stream-layers, whose layers are packed.")
    boolean noPack;

    /** Sets what these flags say. */
    void applyTo(EngineOptions options) {
        check();
        options.memoryBudget(budgetBytes()).streamLayers(streamLayers).pack(!noPack);
    }

    /** How the weights are kept. */
    WeightStorage storage() {
        check();
        if (streamLayers) {
            return new WeightStorage.Streamed(budgetBytes());
        }
        return noPack ? WeightStorage.MAPPED : WeightStorage.PACKED;
    }

    /** The budget; as good as unlimited if there is none. */
    long budgetBytes() {
        return budget == null ? Long.MAX_VALUE : budget.bytes();
    }

    private void check() {
        if (streamLayers && noPack) {
            throw new UsageException(
                    "--stream-layers packs the layers that it reads, so --no-pack has no place with it");
        }
    }
}
