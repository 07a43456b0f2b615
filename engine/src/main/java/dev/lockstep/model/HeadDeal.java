package dev.lockstep.model;

import dev.lockstep.tensor.PackedMatrix;

/**
 * How a step's (row, KV head) pairs are dealt out to the workers, like cards: pair {@code row · kvHeads + head} goes
 * to worker {@code pair mod workers}. Whoever has a pair rotates its queries and key, stores its key and value, attends,
 * and quantises what came of it.
 *
 * @param workers workers that pairs are dealt to
 * @param kvHeads key and value heads of a row
 * @param queryElements elements of all query heads of a pair
 */
record HeadDeal(int workers, int kvHeads, int queryElements) {
    HeadDeal(int workers, ModelConfig config) {
        this(workers, config.kvHeads(), config.group() * config.headSize());
    }

    /**
     * Whether, of the keys and values that the step itself stores, each worker attends only to those that it stored, so
     * that nobody needs to wait for another between storing and attending. That is so if a head is always the same
     * worker's, or if no row sees another row of the step, because each is of another sequence.
     */
    boolean attendsToOwn(Step step) {
        return kvHeads % workers == 0 || !step.sharesSequences();
    }

    /** Whether what attention makes of a pair is whole blocks of activations, which its worker can quantise alone. */
    boolean wholeBlocks() {
        return queryElements % PackedMatrix.BLOCK == 0;
    }
}
