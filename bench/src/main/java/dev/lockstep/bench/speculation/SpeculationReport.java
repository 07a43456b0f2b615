package dev.lockstep.bench.speculation;

import dev.lockstep.bench.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a {@link SpeculationExperiment} found.
 *
 * @param plain each round's requests without guesses
 * @param guessed the same with guesses
 */
public record SpeculationReport(List<List<SpeculatedRequest>> plain, List<List<SpeculatedRequest>> guessed) {
    /** Copies the lists. */
    public SpeculationReport {
        plain = plain.stream().map(List::copyOf).toList();
        guessed = guessed.stream().map(List::copyOf).toList();
    }

    private Stream<Cycle> guessedCycles() {
        return guessed.stream().flatMap(List::stream).flatMap(request -> request.cycles().stream());
    }

    /** Steps of requests with guesses, but for those of prompts. */
    public long cycles() {
        return guessedCycles().count();
    }

    /** Guesses that were checked. */
    public long drafted() {
        return guessedCycles().mapToLong(cycle -> cycle.guesses().size()).sum();
    }

    /** Guesses that were right. */
    public long accepted() {
        return guessedCycles().mapToLong(Cycle::accepted).sum();
    }

    /** How many cycles' guesses each guesser made. */
    public Map<String, Long> sources() {
        return guessedCycles()
                .filter(cycle -> cycle.source() != null)
                .collect(Collectors.groupingBy(Cycle::source, TreeMap::new, Collectors.counting()));
    }

    /** How often guesses were right, by place; as many as there were in the longest guess. */
    public List<PlaceFigures> places() {
        int longest =
                guessedCycles().mapToInt(cycle -> cycle.guesses().size()).max().orElse(0);
        List<PlaceFigures> places = new ArrayList<>();
        for (int i = 0; i < longest; i++) {
            int place = i;
            places.add(new PlaceFigures(
                    place + 1,
                    guessedCycles().filter(c -> c.guesses().size() > place).count(),
                    guessedCycles()
                            .filter(c -> c.guesses().size() > place && c.accepted() >= place)
                            .count(),
                    guessedCycles().filter(c -> c.accepted() > place).count()));
        }
        return places;
    }

    /** α: how likely a guess is right if those before it are, over all places. NaN without guesses. */
    public double alpha() {
        long reached = places().stream().mapToLong(PlaceFigures::reached).sum();
        return reached == 0 ? Double.NaN : (double) accepted() / reached;
    }

    /** Tokens that a cycle gave, on average. */
    public double tokensPerCycle() {
        return guessedCycles()
                .mapToInt(cycle -> cycle.tokens().size())
                .average()
                .orElse(Double.NaN);
    }

    /** Guesses of a cycle, on average. */
    public double guessesPerCycle() {
        return (double) drafted() / cycles();
    }

    /** Guesses of a cycle that has any, on average, rounded. */
    public int usualGuesses() {
        return (int) Math.round(guessedCycles()
                .mapToInt(cycle -> cycle.guesses().size())
                .filter(count -> count > 0)
                .average()
                .orElse(0));
    }

    /** Tokens that theory expects of a cycle with these numbers of guesses and this α, on average. */
    public double expectedTokensPerCycle() {
        double alpha = drafted() == 0 ? 0 : alpha();
        return guessedCycles()
                .mapToDouble(cycle ->
                        SpeculationTheory.expectedTokens(alpha, cycle.guesses().size()))
                .average()
                .orElse(Double.NaN);
    }

    /** Nanoseconds of a step of one row without guesses, the median. */
    public double stepNs() {
        return Median.of(plain.stream()
                .flatMap(List::stream)
                .flatMap(request -> request.cycles().stream())
                .mapToDouble(Cycle::stepNs)
                .toArray());
    }

    /** c: the time of a guess, in steps of one row, the median of all cycles with guesses. NaN without any. */
    public double guessCost() {
        double[] ns = guessedCycles()
                .filter(cycle -> !cycle.guesses().isEmpty())
                .mapToDouble(cycle -> (double) cycle.guessNs() / cycle.guesses().size())
                .toArray();
        return ns.length == 0 ? Double.NaN : Median.of(ns) / stepNs();
    }

    /** Steps by rows as they were in this experiment, medians. */
    public StepCosts steps() {
        Map<Integer, Double> ns = new TreeMap<>();
        guessedCycles()
                .filter(cycle -> !cycle.guesses().isEmpty())
                .collect(Collectors.groupingBy(cycle -> 1 + cycle.guesses().size()))
                .forEach((rows, cycles) -> ns.put(
                        rows,
                        Median.of(cycles.stream().mapToDouble(Cycle::stepNs).toArray())));
        ns.put(1, stepNs());
        return new StepCosts(ns);
    }

    /** How many times as fast theory expects decoding to be, from α, c and steps by rows. NaN without guesses. */
    public double predictedSpeedUp(StepCosts steps) {
        List<Integer> guesses =
                guessedCycles().map(cycle -> cycle.guesses().size()).toList();
        return drafted() == 0 ? Double.NaN : SpeculationTheory.speedUp(alpha(), guesses, guessCost(), steps);
    }

    /** How many times as fast tokens after the first came. */
    public double decodeSpeedUp() {
        return SpeculationExperiment.medianNs(plain, SpeculatedRequest::decodeNs)
                / SpeculationExperiment.medianNs(guessed, SpeculatedRequest::decodeNs);
    }

    /** How many times as fast whole requests were answered, prompts and all. */
    public double speedUp() {
        return SpeculationExperiment.medianNs(plain, SpeculatedRequest::totalNs)
                / SpeculationExperiment.medianNs(guessed, SpeculatedRequest::totalNs);
    }

    /** Tokens a second after the first, without guesses or with them. */
    public double tokensPerSecond(boolean withGuesses) {
        List<List<SpeculatedRequest>> rounds = withGuesses ? guessed : plain;
        long tokens = rounds.getFirst().stream()
                .mapToLong(request -> request.completion().tokens().size() - 1)
                .sum();
        return tokens * 1e9 / SpeculationExperiment.medianNs(rounds, SpeculatedRequest::decodeNs);
    }

    /** Whether every request got the same tokens every time, with guesses and without. */
    public boolean tokensEqual() {
        List<List<Integer>> expected = tokens(plain.getFirst());
        return Stream.concat(plain.stream(), guessed.stream())
                .allMatch(round -> tokens(round).equals(expected));
    }

    private static List<List<Integer>> tokens(List<SpeculatedRequest> round) {
        return round.stream().map(request -> request.completion().tokens()).toList();
    }
}
