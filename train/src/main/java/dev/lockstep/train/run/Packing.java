package dev.lockstep.train.run;

import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.Noise;
import dev.lockstep.train.objective.Example;
import dev.lockstep.train.objective.Objective;

/**
 * Cuts a stream of documents into rows of equal length, with nothing left out and nothing padded, and deals them out in
 * an order of chance that is another in every epoch.
 *
 * <pre>
 *   stream   │BOS a a a EOS BOS b b b b b b│b b b EOS BOS c c c EOS BOS d│ …
 *   row      │ segment     │ segment       │ segment │ segment   │ segm. │
 * </pre>
 *
 * <p>What a row holds of one document is a segment of its own: nothing attends across documents. The stream's last
 * tokens, too few for a row, are not used. Which row comes when is a function of seed, epoch and place alone.
 */
final class Packing {
    private final TokenStream stream;
    private final Objective objective;
    private final Noise noise;
    private final int rowTokens;
    private final int[] order;
    private final int[] buffer;
    private long epoch = -1;

    Packing(TokenStream stream, Objective objective, Noise noise, int rowTokens) {
        int rows = (stream.length() - objective.lookahead()) / rowTokens;
        if (rows < 1) {
            throw new IllegalArgumentException(
                    stream.length() + " tokens to learn from, fewer than one row of " + rowTokens);
        }
        this.stream = stream;
        this.objective = objective;
        this.noise = noise;
        this.rowTokens = rowTokens;
        this.order = new int[rows];
        this.buffer = new int[rowTokens + objective.lookahead()];
    }

    /** The number of rows in an epoch. */
    int rows() {
        return order.length;
    }

    /** Adds row {@code number}, counted over all epochs, in the order of chance. */
    void addShuffled(Batch batch, long step, long number, int index, int rowsOfStep, double weight) {
        if (number / order.length != epoch) {
            shuffle(number / order.length);
        }
        add(
                batch,
                order[(int) (number % order.length)],
                new Example(noise, step, number, index, rowsOfStep, 0),
                weight);
    }

    /**
     * Adds the row that stands at place {@code row} of the stream.
     *
     * @param weight of each token's loss
     */
    void add(Batch batch, int row, Example example, double weight) {
        int start = row * rowTokens;
        stream.copy(start, buffer);
        int document = documentAt(start);
        for (int from = 0; from < rowTokens; document++) {
            int end = Math.min(rowTokens, stream.start(document + 1) - start);
            batch.beginSegment();
            Example segment = new Example(
                    example.noise(), example.step(), example.number(), example.index(), example.rows(), from);
            objective.add(batch, buffer, from, end - from, segment, weight);
            from = end;
        }
    }

    /** The document that a token belongs to. */
    private int documentAt(int token) {
        int low = 0;
        int high = stream.documents() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (stream.start(middle) <= token) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Durstenfeld's shuffle (1964). */
    private void shuffle(long newEpoch) {
        for (int i = 0; i < order.length; i++) {
            long bits = noise.bits(Noise.Purpose.ORDER, newEpoch, i) & 0xFFFFFFFFL;
            int j = (int) (bits * (i + 1) >>> 32);
            order[i] = order[j];
            order[j] = i;
        }
        epoch = newEpoch;
    }
}
