package dev.lockstep.model;

import dev.lockstep.cache.PageTable;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import java.lang.foreign.ValueLayout;

/** One step of a whole model on the scalar kernels, the specification of the others. */
final class ModelRun {
    private ModelRun() {}

    /** The logits of the last of some tokens. */
    static float[] logits(GgufFile file, int... tokens) throws UnusableModelException {
        ModelLimits limits = new ModelLimits(64, 4, ElementType.F32, tokens.length, 1, 1);
        KernelTier.Choice scalar = KernelTier.SCALAR.choose();
        try (Model model = Model.load(file, limits, scalar, LoadProgress.SILENT)) {
            PageTable pages = new PageTable(model.cache(), tokens.length);
            pages.reserve(tokens.length);
            Step step = new Step(tokens.length, 1);
            for (int position = 0; position < tokens.length; position++) {
                step.add(pages, position, tokens[position], position == tokens.length - 1);
            }
            model.forward(step);
            return model.logits(0).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    /** The standard deviation; not a number if any value is not finite. */
    static double deviation(float[] values) {
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / values.length;
        return Math.sqrt(squares / values.length - mean * mean);
    }
}
