package dev.lockstep.bench;

import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.Step;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.trace.CostModel;

/** The engine's forward pass over a text, with logits after every token, in steps of any number of rows. */
final class ForwardRun implements AutoCloseable {
    private final Model model;
    private final CostModel cost;
    private final Step step;
    private final PageTable pages;
    private final int[] text;

    ForwardRun(GgufFile file, KernelTier.Choice tier, int threads, int[] text, LoadProgress progress)
            throws UnusableModelException {
        this.text = text;
        int n = text.length;
        ModelLimits limits = new ModelLimits(n, KvShape.pages(n), ElementType.F16, n, n, threads);
        model = Model.load(file, limits, tier, progress);
        cost = new CostModel(model);
        step = new Step(n, n);
        pages = new PageTable(model.cache(), n);
        pages.reserve(n);
    }

    private void fill(int from, int rows) {
        step.clear();
        for (int position = from; position < from + rows; position++) {
            step.add(pages, position, text[position], true);
        }
    }

    /** Nanoseconds of the first {@code tokens} tokens, in steps of {@code rows}, which divides them. */
    long time(int tokens, int rows) {
        long begin = System.nanoTime();
        for (int from = 0; from < tokens; from += rows) {
            fill(from, rows);
            model.forward(step);
        }
        return System.nanoTime() - begin;
    }

    /** The figures of a way, without the time. */
    ParallelismFigures figures(ParallelismWay way, int tokens, int rows, double ms) {
        double flops = 0;
        double bytes = 0;
        for (int from = 0; from < tokens; from += rows) {
            fill(from, rows);
            flops += cost.flops(step);
            bytes += cost.weightBytes(step);
        }
        return new ParallelismFigures(way, tokens, ms, flops, flops, bytes / tokens);
    }

    @Override
    public void close() {
        model.close();
    }
}
