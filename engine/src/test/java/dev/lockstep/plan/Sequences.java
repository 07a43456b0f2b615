package dev.lockstep.plan;

import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Step;
import dev.lockstep.tensor.ElementType;
import java.util.stream.IntStream;

/** Sequences without a model, and steps that only count. */
final class Sequences implements AutoCloseable {
    final KvCache cache;
    final RunningSequences running = new RunningSequences();
    final Step step;
    private int arrivals;

    Sequences(int pages, int rowsMax, int logitsMax) {
        cache = new KvCache(new KvShape(ElementType.F16, 1, 1, 2), pages);
        step = new Step(rowsMax, logitsMax);
    }

    /** Adds a sequence with a prompt of so many tokens. */
    Sequence add(int promptLength, int priority) {
        int[] prompt =
                IntStream.range(100 * arrivals, 100 * arrivals + promptLength).toArray();
        Sequence sequence = new Sequence(prompt, 200, new PageTable(cache, 200), priority, arrivals++, 0, 8);
        sequence.begin();
        running.add(sequence);
        return sequence;
    }

    Sequence add(int promptLength) {
        return add(promptLength, 0);
    }

    /** Adds a sequence that decodes: all but its last token have been computed. */
    Sequence addDecoding(int length) {
        Sequence sequence = add(length - 1);
        running.addRows(sequence, new Step(length, 1), length);
        sequence.advance();
        sequence.append(7);
        return sequence;
    }

    /** Plans the next step, and notes that it has run; each sequence whose last row was in it gets a token. */
    int[] turn(Planner planner) {
        step.clear();
        planner.plan(running, step);
        int[] rows = new int[running.size()];
        for (int i = 0; i < rows.length; i++) {
            Sequence sequence = running.get(i);
            rows[i] = sequence.rowsInStep();
            if (rows[i] > 0) {
                sequence.advance();
                if (sequence.pending() == 0) {
                    sequence.append(7);
                }
            }
        }
        return rows;
    }

    @Override
    public void close() {
        cache.close();
    }
}
