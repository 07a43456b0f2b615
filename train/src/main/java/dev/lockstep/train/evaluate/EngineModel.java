package dev.lockstep.train.evaluate;

import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.engine.MemoryBudget;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.Step;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** One sequence of a model as inference runs it: what it says after known tokens. */
final class EngineModel implements AutoCloseable {
    /** Rows of a step: enough to multiply matrices well, few enough for the logits of large vocabularies. */
    private static final int ROWS_MAX = 64;

    private final Model model;
    private final GradientKernels kernels;
    private final Step step;
    private final PageTable pages;

    /**
     * Loads a model.
     *
     * @param positions most positions of a sequence
     * @throws UnusableModelException if the file does not hold a model that can run
     */
    EngineModel(GgufFile file, int positions, EvaluationMachine machine, LoadProgress progress)
            throws UnusableModelException {
        int rows = Math.min(ROWS_MAX, positions);
        ModelLimits limits =
                new ModelLimits(positions, KvShape.pages(positions), machine.kvType(), rows, rows, machine.threads());
        MemoryBudget.plan(file, limits, machine.tier(), machine.storage(), machine.memoryBudget());
        model = Model.load(file, limits, machine.tier(), machine.storage(), progress);
        kernels = machine.tier().gradientKernels();
        step = new Step(rows, rows);
        pages = new PageTable(model.cache(), positions);
    }

    /** Hears what the model says. The logits may be changed. */
    interface Hearer {
        /** After token {@code index} of those that were run come these logits. */
        void hear(int index, long logits);
    }

    /** Runs the first tokens of a sequence, of which nothing needs to be heard. */
    void read(int[] tokens, int count) {
        run(0, tokens, 0, count, Optional.empty());
    }

    /**
     * Runs tokens at positions {@code from} on; what stands before must have been run, what stood there is forgotten.
     */
    void run(int from, int[] tokens, int first, int count, Hearer to) {
        run(from, tokens, first, count, Optional.of(to));
    }

    private void run(int from, int[] tokens, int first, int count, Optional<Hearer> to) {
        if (!pages.reserve(from + count)) {
            throw new IllegalStateException((from + count) + " positions do not fit the cache planned for them");
        }
        for (int done = 0; done < count; done += step.rows()) {
            step.clear();
            for (int i = done; i < Math.min(count, done + step.rowsMax()); i++) {
                step.add(pages, from + i, tokens[first + i], to.isPresent());
            }
            model.forward(step);
            for (int row = 0; to.isPresent() && row < step.rows(); row++) {
                to.get().hear(done + row, model.logits(row).address());
            }
        }
    }

    /** The most likely token, the lowest id among equals. */
    int first(long logits) {
        float max = kernels.max(logits, model.config().vocabulary());
        int first = 0;
        while (Memory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, logits + 4L * first) != max) {
            first++;
        }
        return first;
    }

    /**
     * Nats of a target: the formula and the bits of {@link dev.lockstep.train.objective.CrossEntropy}. Changes the
     * logits.
     */
    double loss(long logits, int target) {
        int vocabulary = model.config().vocabulary();
        float logit = Memory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, logits + 4L * target);
        float max = kernels.max(logits, vocabulary);
        float sum = kernels.exponentials(logits, vocabulary, vocabulary, 1f, max);
        return StrictMath.log(sum) + max - logit;
    }

    @Override
    public void close() {
        model.close();
    }
}
