package dev.lockstep.model;

import dev.lockstep.Golden;
import dev.lockstep.cache.PageTable;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Loads golden models and runs texts through them. */
public final class TestModels {
    private TestModels() {}

    /** A golden model with room for one sequence of 160 positions, all of which may want logits at once. */
    public static Model golden(String name, KernelTier tier, ElementType kv, int threads) throws IOException {
        return load(Golden.path("models/" + name + ".gguf"), tier, kv, threads);
    }

    static Model load(Path path, KernelTier tier, ElementType kv, int threads) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            ModelLimits limits = new ModelLimits(160, 20, kv, 160, 160, threads);
            return Model.load(file, limits, tier.choose(), LoadProgress.SILENT);
        }
    }

    /** The logits of every token of a sequence that is run from position 0 in chunks of at most {@code chunk} rows. */
    public static float[][] logits(Model model, int[] tokens, int chunk) {
        float[][] logits = new float[tokens.length][];
        PageTable pages = new PageTable(model.cache(), tokens.length);
        pages.reserve(tokens.length);
        Step step = new Step(160, 160);
        try {
            for (int from = 0; from < tokens.length; from += chunk) {
                step.clear();
                int to = Math.min(tokens.length, from + chunk);
                for (int i = from; i < to; i++) {
                    step.add(pages, i, tokens[i], true);
                }
                model.forward(step);
                for (int i = from; i < to; i++) {
                    logits[i] = model.logits(i - from).toArray(ValueLayout.JAVA_FLOAT);
                }
            }
        } finally {
            pages.release();
        }
        return logits;
    }

    /** The logits that are wanted of a sequence that is run in steps of one row; null where they are not. */
    static float[][] logits(Model model, int[] tokens, boolean[] wanted) {
        float[][] logits = new float[tokens.length][];
        PageTable pages = new PageTable(model.cache(), tokens.length);
        pages.reserve(tokens.length);
        Step step = new Step(1, 1);
        for (int i = 0; i < tokens.length; i++) {
            step.clear();
            step.add(pages, i, tokens[i], wanted[i]);
            model.forward(step);
            logits[i] = wanted[i] ? model.logits(0).toArray(ValueLayout.JAVA_FLOAT) : null;
        }
        pages.release();
        return logits;
    }

    /** The index of the largest value. */
    public static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
