package dev.lockstep.bench.speculation;

import dev.lockstep.bench.Median;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Request;
import dev.lockstep.plan.Speculation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The same requests without guesses and with them, one after the other on one engine, in turns: what came, and how much sooner.
 * Each round is a tenant of its own, since guesses may come from what the tenant's requests were answered before: nobody guesses
 * a request's tokens from the same request's.
 */
public final class SpeculationExperiment {
    private static final int WARM_UP_TOKENS = 16;

    /** Who hears how far it is. */
    @FunctionalInterface
    public interface Listener {
        /** Something is being done, a clause. */
        void doing(String what);
    }

    private final List<Request> requests;
    private final Speculation speculation;
    private final int rounds;
    private final Listener listener;

    /**
     * @param requests at least one, none of which may end its text by itself
     * @param speculation who guesses
     * @param rounds how often each is answered either way, at least once; medians count
     */
    public SpeculationExperiment(List<Request> requests, Speculation speculation, int rounds, Listener listener) {
        if (requests.isEmpty() || rounds < 1) {
            throw new IllegalArgumentException(
                    requests.size() + " requests in " + rounds + " rounds, must be at least 1");
        }
        this.requests = List.copyOf(requests);
        this.speculation = speculation;
        this.rounds = rounds;
        this.listener = listener;
    }

    /** Trace events that a request of so many tokens leaves at most, with those of its prompt. */
    public static int traceCapacity(int promptTokens, int tokens) {
        return 64 + 2 * promptTokens + 4 * tokens;
    }

    /**
     * Runs all.
     *
     * @param engine one that can guess and has a trace of {@link #traceCapacity}; nobody else may use it meanwhile
     * @throws IllegalStateException if a request fails
     */
    public SpeculationReport run(Engine engine) {
        Request first = requests.getFirst().maxTokens(WARM_UP_TOKENS).tenant("warm-up");
        SpeculatedRequest.run(engine, first.speculation(Speculation.NONE));
        SpeculatedRequest.run(engine, first.speculation(speculation));
        List<List<SpeculatedRequest>> plain = new ArrayList<>();
        List<List<SpeculatedRequest>> guessed = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            plain.add(new ArrayList<>());
            guessed.add(new ArrayList<>());
            for (int i = 0; i < requests.size(); i++) {
                listener.doing(
                        "round " + (round + 1) + " of " + rounds + ", request " + (i + 1) + " of " + requests.size());
                // Who comes first profits from nothing and suffers nothing: each does every second time.
                if ((round + i) % 2 == 0) {
                    plain.getLast().add(answer(engine, i, Speculation.NONE, round));
                    guessed.getLast().add(answer(engine, i, speculation, round));
                } else {
                    guessed.getLast().add(answer(engine, i, speculation, round));
                    plain.getLast().add(answer(engine, i, Speculation.NONE, round));
                }
            }
        }
        return new SpeculationReport(plain, guessed);
    }

    private SpeculatedRequest answer(Engine engine, int request, Speculation how, int round) {
        return SpeculatedRequest.run(
                engine, requests.get(request).speculation(how).tenant("round " + round));
    }

    /** The sum over all requests of the medians over all rounds. */
    static double medianNs(List<List<SpeculatedRequest>> rounds, ToDoubleFunction<SpeculatedRequest> ns) {
        double sum = 0;
        for (int i = 0; i < rounds.getFirst().size(); i++) {
            int request = i;
            sum += Median.of(rounds.stream()
                    .mapToDouble(round -> ns.applyAsDouble(round.get(request)))
                    .toArray());
        }
        return sum;
    }
}
