package dev.lockstep.bench.speculation;

import dev.lockstep.bench.Median;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Request;
import dev.lockstep.plan.Speculation;
import dev.lockstep.plan.Speculation.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a model would gain from a guesser that is right at a given rate, and what it gains: the model's own output is recorded
 * and then guessed, wrong as often as asked. Works for any model, also one for which there is no draft.
 *
 * <p>What a step takes by its rows is measured by guesses that are all wrong: each step checks them and gives one token.
 */
public final class ReplayExperiment {
    private final Engine engine;
    private final Script script;
    private final List<Request> requests;
    private final SpeculationExperiment.Listener listener;
    private final List<int[]> texts = new ArrayList<>();

    /**
     * @param engine whose proposers are the script's, with up to {@link Speculation#GUESSES_MAX} guesses; nobody else may use it
     * @param requests at least one, none of which may end its text by itself
     */
    public ReplayExperiment(
            Engine engine, Script script, List<Request> requests, SpeculationExperiment.Listener listener) {
        this.engine = engine;
        this.script = script;
        this.requests = List.copyOf(requests);
        this.listener = listener;
    }

    /** Records what the model answers, twice: the first time only warms up. */
    private void record() {
        if (!texts.isEmpty()) {
            return;
        }
        listener.doing("recording");
        for (Request request : requests) {
            engine.submit(request.speculation(Speculation.NONE)).await();
            Completion completion =
                    engine.submit(request.speculation(Speculation.NONE)).await();
            SpeculatedRequest.check(completion);
            texts.add(Stream.concat(completion.promptTokens().stream(), completion.tokens().stream())
                    .mapToInt(Integer::intValue)
                    .toArray());
        }
    }

    /**
     * Measures steps by their rows, in turns.
     *
     * @param rows 1 to {@link Speculation#GUESSES_MAX} + 1; 1 is measured anyway
     * @param rounds how often all of them; medians count
     */
    public StepCosts steps(List<Integer> rows, int rounds) {
        record();
        script.set(texts, 0, 1);
        List<Integer> all = IntStream.concat(IntStream.of(1), rows.stream().mapToInt(Integer::intValue))
                .distinct()
                .boxed()
                .toList();
        Map<Integer, List<Double>> ns = new HashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (int count : all) {
                listener.doing("steps of " + count + " rows, round " + (round + 1) + " of " + rounds);
                for (Request request : requests) {
                    SpeculatedRequest.run(engine, request.speculation(fixed(count - 1))).cycles().stream()
                            .filter(cycle -> cycle.guesses().size() == count - 1)
                            .forEach(cycle -> ns.computeIfAbsent(count, _ -> new ArrayList<>())
                                    .add((double) cycle.stepNs()));
                }
            }
        }
        Map<Integer, Double> medians = new HashMap<>();
        ns.forEach((count, times) -> medians.put(
                count, Median.of(times.stream().mapToDouble(Double::doubleValue).toArray())));
        return new StepCosts(medians);
    }

    private static Speculation fixed(int guesses) {
        return guesses == 0 ? Speculation.NONE : new Speculation(Source.NGRAM, guesses);
    }

    /**
     * Measures guesses that are right at a rate.
     *
     * @param alpha the rate, 0 to 1
     * @param guesses of a cycle; 0 for the number that should be best
     * @param steps from {@link #steps}
     */
    public ReplayFigures run(double alpha, int guesses, StepCosts steps, int rounds, long seed) {
        record();
        script.set(texts, alpha, seed);
        int count = guesses > 0 ? guesses : SpeculationTheory.bestGuesses(alpha, 0, steps, Speculation.GUESSES_MAX);
        SpeculationReport report = new SpeculationExperiment(requests, fixed(count), rounds, listener).run(engine);
        return new ReplayFigures(alpha, count, SpeculationTheory.speedUp(alpha, count, 0, steps), report);
    }
}
