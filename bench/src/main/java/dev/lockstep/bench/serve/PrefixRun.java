package dev.lockstep.bench.serve;

import dev.lockstep.engine.Completion;
import java.util.List;
import java.util.stream.Stream;

/**
 * What became of the requests of a {@link PrefixExperiment}.
 *
 * @param first the first tenant's, in order, at least two
 * @param second the second tenant's, with prompts that the first sent before
 */
public record PrefixRun(List<Completion> first, List<Completion> second) {
    /** Copies the lists. */
    public PrefixRun {
        first = List.copyOf(first);
        second = List.copyOf(second);
    }

    /** Times to first token of some requests, in milliseconds. */
    public static Spread ttftMs(List<Completion> requests) {
        return Spread.of(requests.stream()
                .mapToDouble(request -> request.timings().ttftMs())
                .toArray());
    }

    /** Tokens of prompts that had been computed before, on average. */
    public static double cachedTokens(List<Completion> requests) {
        return requests.stream().mapToInt(Completion::cachedTokens).average().orElse(Double.NaN);
    }

    /** All but the first of some requests. */
    public static List<Completion> later(List<Completion> requests) {
        return requests.subList(1, requests.size());
    }

    /** Whether the second tenant's first request found nothing that was computed for the first tenant. */
    public boolean tenantsApart() {
        return second.getFirst().cachedTokens() == 0;
    }

    /** Whether the same requests got the same tokens in another run. */
    public boolean tokensEqual(PrefixRun other) {
        return tokens().equals(other.tokens());
    }

    private List<List<Integer>> tokens() {
        return Stream.concat(first.stream(), second.stream())
                .map(Completion::tokens)
                .toList();
    }
}
