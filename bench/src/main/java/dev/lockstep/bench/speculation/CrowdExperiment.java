package dev.lockstep.bench.speculation;

import dev.lockstep.bench.Median;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.plan.Speculation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Several requests at once, without guesses and with as many as pay, in turns: guessing must never make them slower. */
public final class CrowdExperiment {
    /**
     * What was measured.
     *
     * @param clients requests at once
     * @param text what kind of text they go on with
     * @param plain tokens a second of all together, without guesses, the median
     * @param guessed with guesses
     * @param guessesPerToken guesses that were checked for each token that came
     * @param tokensEqual whether every request got the same tokens every time
     */
    public record Figures(
            int clients, String text, double plain, double guessed, double guessesPerToken, boolean tokensEqual) {
        /** How many times as many tokens a second come with guesses. */
        public double ratio() {
            return guessed / plain;
        }
    }

    private final Engine engine;
    private final Speculation speculation;
    private final int rounds;
    private final SpeculationExperiment.Listener listener;

    /**
     * @param engine that runs as many requests at once as there will be clients; nobody else may use it meanwhile
     * @param rounds how often each cell is measured either way
     */
    public CrowdExperiment(
            Engine engine, Speculation speculation, int rounds, SpeculationExperiment.Listener listener) {
        this.engine = engine;
        this.speculation = speculation;
        this.rounds = rounds;
        this.listener = listener;
    }

    /**
     * Measures one cell.
     *
     * @param requests taken in turn, as many as clients at once, none of which may end its text by itself
     */
    public Figures run(int clients, String text, List<Request> requests) {
        List<Request> together = IntStream.range(0, clients)
                .mapToObj(i -> requests.get(i % requests.size()))
                .toList();
        double[] plain = new double[rounds];
        double[] guessed = new double[rounds];
        long guesses = 0;
        long tokens = 0;
        List<List<Integer>> expected = new ArrayList<>();
        boolean equal = true;
        for (int round = -1; round < rounds; round++) {
            listener.doing(clients + " clients, " + text + " text, round " + Math.max(1, round + 1) + " of " + rounds);
            // Of its own: no guess comes from the same requests' answers in another round or cell.
            String tenant = clients + " clients, " + text + " text, round " + round;
            for (int turn = 0; turn < 2; turn++) {
                boolean guess = (turn + round & 1) == 1;
                long begin = System.nanoTime();
                List<Completion> completions = answer(together, guess ? speculation : Speculation.NONE, tenant);
                double seconds = (System.nanoTime() - begin) / 1e9;
                List<List<Integer>> got =
                        completions.stream().map(Completion::tokens).toList();
                if (expected.isEmpty()) {
                    expected.addAll(got);
                }
                equal &= got.equals(expected);
                long count = got.stream().mapToLong(List::size).sum();
                if (round >= 0) {
                    (guess ? guessed : plain)[round] = count / seconds;
                }
                if (guess && round >= 0) {
                    tokens += count;
                    guesses +=
                            completions.stream().mapToLong(Completion::guesses).sum();
                }
            }
        }
        return new Figures(clients, text, Median.of(plain), Median.of(guessed), (double) guesses / tokens, equal);
    }

    private List<Completion> answer(List<Request> together, Speculation how, String tenant) {
        List<Generation> generations = together.stream()
                .map(request -> engine.submit(request.speculation(how).tenant(tenant)))
                .toList();
        List<Completion> completions =
                generations.stream().map(Generation::await).toList();
        completions.forEach(SpeculatedRequest::check);
        return completions;
    }
}
