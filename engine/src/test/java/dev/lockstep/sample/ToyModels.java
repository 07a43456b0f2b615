package dev.lockstep.sample;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** A target and a draft that resembles it: random logits for each last token, of a tiny vocabulary. */
final class ToyModels {
    final int vocabulary;
    final MemorySegment[] target;
    final MemorySegment[] draft;

    /**
     * @param difference how far the draft's logits are from the target's, 0 for not at all
     */
    ToyModels(SplittableRandom random, int vocabulary, double difference) {
        this.vocabulary = vocabulary;
        this.target = new MemorySegment[vocabulary];
        this.draft = new MemorySegment[vocabulary];
        for (int last = 0; last < vocabulary; last++) {
            float[] targetLogits = new float[vocabulary];
            float[] draftLogits = new float[vocabulary];
            for (int token = 0; token < vocabulary; token++) {
                targetLogits[token] = (float) (random.nextGaussian() * 1.5);
                draftLogits[token] = (float) (targetLogits[token] + random.nextGaussian() * difference);
            }
            target[last] = MemorySegment.ofArray(targetLogits);
            draft[last] = MemorySegment.ofArray(draftLogits);
        }
    }

    /** The total variation distance of two distributions. */
    static double distance(double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += Math.abs(p[i] - q[i]);
        }
        return sum / 2;
    }
}
