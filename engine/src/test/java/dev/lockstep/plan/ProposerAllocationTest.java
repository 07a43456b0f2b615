package dev.lockstep.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guessing and keeping outputs allocate nothing once there is memory for the request and its tenant. */
@Timeout(60)
class ProposerAllocationTest {
    private static final int LENGTH = 2_000;
    private static final int GUESSES_MAX = 8;
    private static final int RUNS_MAX = 50;

    @Test
    void aRequestAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int[] text = ProposerTexts.text(new SplittableRandom(1), LENGTH);
        int[] into = new int[GUESSES_MAX];
        RecentOutputs outputs = new RecentOutputs(2, 1_000);
        outputs.add(1, text, 0, 10);
        AcceptanceEstimate all = AcceptanceEstimate.ofAll(GUESSES_MAX);
        AcceptanceEstimate estimate = AcceptanceEstimate.ofRequest(all);
        GuessLength lengths = new GuessLength(4, GUESSES_MAX);
        StepTimes times = new StepTimes();
        times.add(1, 1_000);
        times.add(64, 3_000);
        // What the compiler does in passing shows in one run or another; what the code allocates, in all.
        long least = Long.MAX_VALUE;
        int guessed = 0;
        for (int run = 0; run < RUNS_MAX && least > 0; run++) {
            Proposer ngram = new NgramProposer(LENGTH);
            Proposer suffix = new SuffixProposer(LENGTH, GUESSES_MAX, outputs, 1);
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int length = 1; length <= LENGTH; length++) {
                lengths.clear();
                lengths.add(estimate, GUESSES_MAX, 5);
                int max = 1 + lengths.choose(times, 2, 2, 64);
                int count = ngram.guess(text, length, Math.min(max, GUESSES_MAX), into);
                guessed += suffix.guess(text, length, Math.min(max, GUESSES_MAX), into);
                estimate.observe(count, count / 2);
                guessed += count;
                if (length % 100 == 0) {
                    outputs.add(1, text, length - 100, length);
                }
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(guessed).isPositive();
        assertThat(least).as("bytes allocated in %d guesses", LENGTH).isZero();
    }
}
