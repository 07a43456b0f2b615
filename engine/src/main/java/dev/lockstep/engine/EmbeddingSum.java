package dev.lockstep.engine;

/**
 * The states of a prompt's tokens on their way to one embedding: sums in double precision, tokens ascending, whatever
 * chunks they come in, so that an embedding has the same bits under every schedule.
 */
final class EmbeddingSum {
    private final boolean normalise;
    private final double[] sums;
    private int count;

    /**
     * @param width floats of a state
     * @param normalise whether the embedding is to have length 1
     */
    EmbeddingSum(int width, boolean normalise) {
        this.sums = new double[width];
        this.normalise = normalise;
    }

    /** Adds the state of the next token. */
    void add(float[] state) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += state[i];
        }
        count++;
    }

    /**
     * The mean of the states; of length 1 if that is wanted and it has any.
     *
     * @throws IllegalStateException if a state has a value that is infinite or not a number
     */
    float[] embedding() {
        double squares = 0;
        for (double sum : sums) {
            squares += sum * sum;
        }
        if (!Double.isFinite(squares)) {
            throw new IllegalStateException("the model gave a hidden state that is infinite or not a number");
        }
        // The mean and the sum have the same direction.
        double divisor = normalise && squares > 0 ? Math.sqrt(squares) : count;
        float[] embedding = new float[sums.length];
        for (int i = 0; i < sums.length; i++) {
            embedding[i] = (float) (sums[i] / divisor);
        }
        return embedding;
    }
}
