package dev.lockstep.cli;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Processors;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What a model runs on: flags that change cost and never tokens, but for the KV type, which rounds. */
final class MachineFlags {
    @Option(
            names = "--kernels",
            paramLabel = "TIER",
            converter = OneOf.Kernels.class,
            description = "${COMPLETION-CANDIDATES}: the same bits, at another speed. Default: auto.")
    KernelTier kernels = KernelTier.AUTO;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute. Default: one for each physical core.")
    Integer threads;

    @Option(
            names = "--kv",
            paramLabel = "TYPE",
            converter = OneOf.KvType.class,
            description = "How keys and values are kept: f16 or f32. Default: f16.")
    ElementType kvType = ElementType.F16;

    @ArgGroup(validate = false)
    MemoryFlags memory = new MemoryFlags();

    /** The engine's options as these flags have them. */
    EngineOptions options() {
        return UsageException.blamed(() -> {
            EngineOptions options = new EngineOptions().kernels(kernels).kvType(kvType);
            if (threads != null) {
                options.threads(threads);
            }
            memory.applyTo(options);
            return options;
        });
    }

    /** Threads that compute. */
    int threads() {
        return threads == null ? Processors.physicalCores() : threads;
    }

    /** Loads a model, with a line of progress where somebody sees it. */
    Engine open(Path model, EngineOptions options, Console console, CommonFlags common) throws IOException {
        try (ProgressLine progress = new ProgressLine(console, common, "loading")) {
            return Engine.open(model, options.progress(progress));
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }
}
