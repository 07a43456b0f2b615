package dev.lockstep.plan;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Random texts that repeat themselves, as proposers need them, and the seeds to make them from. */
final class ProposerTexts {
    private ProposerTexts() {}

    /** Seeds from 0 on, or the one that {@code -Dlockstep.seed=N} asks for. */
    static IntStream seeds(int count) {
        Integer only = Integer.getInteger("lockstep.seed");
        return only == null ? IntStream.range(0, count) : IntStream.of(only);
    }

    /** Tokens from a small or large alphabet, mixed with copies of earlier passages and repetitions of one period. */
    static int[] text(SplittableRandom random, int length) {
        int alphabet = new int[] {1, 2, 3, 10, 1_000}[random.nextInt(5)];
        int[] text = new int[length];
        int i = 0;
        while (i < length) {
            int run = Math.min(length - i, 1 + random.nextInt(20));
            boolean copies = i > 0 && random.nextInt(3) > 0;
            int back = copies ? 1 + random.nextInt(i) : 0;
            for (int end = i + run; i < end; i++) {
                text[i] = copies ? text[i - back] : random.nextInt(alphabet);
            }
        }
        return text;
    }
}
