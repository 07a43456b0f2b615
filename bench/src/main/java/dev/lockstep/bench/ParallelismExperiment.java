package dev.lockstep.bench;

import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.ModelConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The same tokens through the same model all at once, as in training, and one at a time, as in generation: what
 * that does to the use of the machine.
 *
 * <p>Every way is run untimed for every number of tokens, then in rounds, in each of which every way has its turn, so
 * that whatever slows the machine for a while slows all. In its turn what is short is repeated. A figure is the median
 * over the rounds. The machine's peaks are measured before and after with the same threads.
 *
 * @param tier the kernels
 * @param threads workers
 * @param lengths numbers of tokens
 * @param training whether forward and backward passes are measured too
 * @param runs rounds, at least 1
 * @param rooflineBytes as in {@link Roofline#measure}
 */
public record ParallelismExperiment(
        KernelTier.Choice tier, int threads, List<Integer> lengths, boolean training, int runs, long rooflineBytes) {
    /** Most tokens. */
    public static final int TOKENS_MAX = 4_096;

    private static final double REPEAT_NS = 1e8;
    private static final int REPEATS_MAX = 50;

    /** Checks the ranges; copies the list. */
    public ParallelismExperiment {
        if (lengths.isEmpty() || runs < 1) {
            throw new IllegalArgumentException(
                    "an experiment of " + lengths.size() + " lengths and " + runs + " runs, needs 1 of each");
        }
        for (int length : lengths) {
            if (length < 1 || length > TOKENS_MAX) {
                throw new IllegalArgumentException(length + " tokens, allowed are 1 to " + TOKENS_MAX);
            }
        }
        lengths = List.copyOf(lengths);
    }

    /** Hears how the experiment goes. */
    public interface Listener extends LoadProgress {
        /** What is being done now, a clause. */
        void doing(String what);
    }

    /** The ways that are measured. */
    public List<ParallelismWay> ways() {
        return Arrays.stream(ParallelismWay.values())
                .filter(way -> training || !way.trains())
                .toList();
    }

    /**
     * Runs it; nobody else should use the machine meanwhile.
     *
     * @throws IOException if the model cannot be used
     * @throws IllegalArgumentException if the model's context is shorter than one of the lengths
     */
    public ParallelismReport run(GgufFile file, Listener listener) throws IOException {
        ModelConfig config = ModelConfig.of(file);
        int longest = lengths.stream().mapToInt(Integer::intValue).max().orElseThrow();
        if (longest > config.contextLength()) {
            throw new IllegalArgumentException(
                    longest + " tokens, but the model's context holds " + config.contextLength());
        }
        int[] text = new int[longest + 1];
        Arrays.setAll(text, i -> (3 + 7 * i) % config.vocabulary());
        listener.doing("measuring the machine");
        Roofline before = Roofline.measure(threads, rooflineBytes);
        List<ParallelismFigures> figures = new ArrayList<>();
        try (ForwardRun forward = new ForwardRun(file, tier, threads, Arrays.copyOf(text, longest), listener)) {
            figures.addAll(rounds(
                    false,
                    listener,
                    (way, n) -> forward.time(n, way == ParallelismWay.FORWARD_ALL ? n : 1),
                    (way, n, ms) -> forward.figures(way, n, way == ParallelismWay.FORWARD_ALL ? n : 1, ms)));
        }
        if (training) {
            try (TrainingRun run = new TrainingRun(file.path(), tier, threads, text)) {
                figures.addAll(rounds(true, listener, run::time, run::figures));
            }
        }
        listener.doing("measuring the machine again");
        Roofline after = Roofline.measure(threads, rooflineBytes);
        return new ParallelismReport(before.orBetter(after), StepExperiment.mostlyQuantised(file), figures);
    }

    /** Times a way. */
    private interface Timed {
        /** Nanoseconds. */
        double ns(ParallelismWay way, int tokens);
    }

    /** Makes figures of a time. */
    private interface Costed {
        ParallelismFigures figures(ParallelismWay way, int tokens, double ms);
    }

    /**
     * The median of as many repetitions as fit a tenth of a second, at least one: few tokens take less than others'
     * turns.
     */
    private static double repeated(Timed timed, ParallelismWay way, int tokens) {
        double[] ns = new double[REPEATS_MAX];
        int count = 0;
        for (double sum = 0; count == 0 || count < REPEATS_MAX && sum < REPEAT_NS; count++) {
            ns[count] = timed.ns(way, tokens);
            sum += ns[count];
        }
        return Median.of(Arrays.copyOf(ns, count));
    }

    private List<ParallelismFigures> rounds(boolean trains, Listener listener, Timed timed, Costed costed) {
        List<ParallelismWay> ways =
                ways().stream().filter(way -> way.trains() == trains).toList();
        double[][][] ms = new double[ways.size()][lengths.size()][runs];
        for (int round = -1; round < runs; round++) {
            for (int w = 0; w < ways.size(); w++) {
                for (int n = 0; n < lengths.size(); n++) {
                    String what = ways.get(w).pass() + " of " + lengths.get(n) + ", "
                            + ways.get(w).order();
                    listener.doing((round < 0 ? "warming up: " : "run " + (round + 1) + " of " + runs + ": ") + what);
                    ms[w][n][Math.max(0, round)] = Math.max(1, repeated(timed, ways.get(w), lengths.get(n))) / 1e6;
                }
            }
        }
        List<ParallelismFigures> figures = new ArrayList<>();
        for (int w = 0; w < ways.size(); w++) {
            for (int n = 0; n < lengths.size(); n++) {
                figures.add(costed.figures(ways.get(w), lengths.get(n), Median.of(ms[w][n])));
            }
        }
        return figures;
    }
}
