package dev.lockstep.bench.serve;

import dev.lockstep.bench.Median;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Several runs of an {@link InterferenceExperiment} with one way to cut prompts.
 *
 * @param chunking the way
 * @param runs at least one
 */
public record InterferenceResult(Chunking chunking, List<InterferenceRun> runs) {
    /** Copies the list. */
    public InterferenceResult {
        runs = List.copyOf(runs);
    }

    /**
     * How prompts are cut.
     *
     * @param name what it is called
     * @param rows most rows of a prompt in a step
     * @param slowdown how many times longer they may make a step; infinite: no limit but the rows
     */
    public record Chunking(String name, int rows, double slowdown) {}

    /** The median over the runs of some figure of each. */
    public double median(ToDoubleFunction<InterferenceRun> figure) {
        return Median.of(runs.stream().mapToDouble(figure).toArray());
    }

    /** The medians over the runs of each figure of a spread. */
    public Spread medians(Function<InterferenceRun, Spread> spread) {
        return new Spread(
                (int) median(run -> spread.apply(run).count()),
                median(run -> spread.apply(run).mean()),
                median(run -> spread.apply(run).p50()),
                median(run -> spread.apply(run).p95()),
                median(run -> spread.apply(run).p99()),
                median(run -> spread.apply(run).max()));
    }

    /**
     * Whether all runs of all results gave the same tokens: the newcomer's all, of those who decode as many as they
     * have in common, since they are cancelled at times of their own.
     */
    public static boolean tokensEqual(List<InterferenceResult> results) {
        List<InterferenceRun> all =
                results.stream().flatMap(result -> result.runs.stream()).toList();
        InterferenceRun first = all.getFirst();
        return all.stream()
                .allMatch(run -> run.newcomerTokens().equals(first.newcomerTokens())
                        && sameBeginnings(run.decoderTokens(), first.decoderTokens()));
    }

    private static boolean sameBeginnings(List<List<Integer>> some, List<List<Integer>> others) {
        for (int i = 0; i < some.size(); i++) {
            int common = Math.min(some.get(i).size(), others.get(i).size());
            if (!some.get(i).subList(0, common).equals(others.get(i).subList(0, common))) {
                return false;
            }
        }
        return true;
    }
}
