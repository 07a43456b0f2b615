package dev.lockstep.bench.serve;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Generation;
import dev.lockstep.trace.TraceEvent;
import dev.lockstep.trace.TraceSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * How a newcomer's prompt changed the gaps between the tokens of those who decode. All times are the engine's own.
 *
 * <p>A gap is undisturbed if it lies between the moment at which all had begun to decode and the newcomer's arrival,
 * and disturbed if any of it lies between the newcomer's admission and its first token: while its prompt is computed.
 *
 * @param undisturbedMs gaps before, in milliseconds
 * @param disturbedMs gaps during, in milliseconds
 * @param ttftMs from the newcomer's arrival to its first token, in milliseconds
 * @param prefillSteps steps that had rows of its prompt
 * @param decoderTokens what each of those who decode generated until it was cancelled
 * @param newcomerTokens what the newcomer generated
 */
public record InterferenceRun(
        Spread undisturbedMs,
        Spread disturbedMs,
        double ttftMs,
        int prefillSteps,
        List<List<Integer>> decoderTokens,
        List<Integer> newcomerTokens) {
    /** Copies the lists. */
    public InterferenceRun {
        decoderTokens = List.copyOf(decoderTokens);
        newcomerTokens = List.copyOf(newcomerTokens);
    }

    /** Reads a run from an engine's trace. */
    static InterferenceRun of(
            TraceSnapshot trace,
            List<Generation> decoders,
            List<Completion> completions,
            Generation newcomer,
            Completion answer) {
        List<Long> ids = decoders.stream().map(Generation::id).toList();
        Map<Long, List<TraceEvent.OfRequest>> events = trace.events().stream()
                .filter(TraceEvent.OfRequest.class::isInstance)
                .map(TraceEvent.OfRequest.class::cast)
                .filter(event -> event.request() == newcomer.id() || ids.contains(event.request()))
                .collect(Collectors.groupingBy(TraceEvent.OfRequest::request));
        List<List<Interval>> gaps =
                ids.stream().map(id -> gaps(events.getOrDefault(id, List.of()))).toList();
        for (int i = 0; i < gaps.size(); i++) {
            if (gaps.get(i).size() != completions.get(i).tokens().size() - 1) {
                throw new IllegalStateException("the trace lacks events of request " + ids.get(i) + ": it kept "
                        + trace.events().size() + " and dropped " + trace.dropped());
            }
        }
        return of(
                gaps,
                events.getOrDefault(newcomer.id(), List.of()),
                completions.stream().map(Completion::tokens).toList(),
                answer.tokens());
    }

    /** The figures of gaps and a newcomer's events. */
    static InterferenceRun of(
            List<List<Interval>> gaps,
            List<TraceEvent.OfRequest> newcomer,
            List<List<Integer>> decoderTokens,
            List<Integer> newcomerTokens) {
        long queued = first(newcomer, TraceEvent.Queued.class);
        long admitted = first(newcomer, TraceEvent.Admitted.class);
        long token = first(newcomer, TraceEvent.Token.class);
        long allDecode =
                gaps.stream().mapToLong(own -> own.getFirst().fromNs()).max().orElseThrow();
        int steps = (int) newcomer.stream()
                .filter(event -> event instanceof TraceEvent.Rows rows && rows.prefillRows() > 0)
                .count();
        return new InterferenceRun(
                spread(gaps, gap -> gap.fromNs() >= allDecode && gap.toNs() <= queued),
                spread(gaps, gap -> gap.within(admitted, token) > 0),
                (token - queued) / 1e6,
                steps,
                decoderTokens,
                newcomerTokens);
    }

    private static List<Interval> gaps(List<TraceEvent.OfRequest> events) {
        long[] times = events.stream()
                .filter(TraceEvent.Token.class::isInstance)
                .mapToLong(TraceEvent::timeNs)
                .toArray();
        List<Interval> gaps = new ArrayList<>();
        for (int i = 1; i < times.length; i++) {
            gaps.add(new Interval(times[i - 1], times[i]));
        }
        return gaps;
    }

    private static Spread spread(List<List<Interval>> gaps, Predicate<Interval> chosen) {
        return Spread.of(gaps.stream()
                .flatMap(List::stream)
                .filter(chosen)
                .mapToDouble(gap -> gap.ns() / 1e6)
                .toArray());
    }

    private static long first(List<TraceEvent.OfRequest> events, Class<? extends TraceEvent> kind) {
        return events.stream()
                .filter(kind::isInstance)
                .mapToLong(TraceEvent::timeNs)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the trace has no '" + kind.getSimpleName()
                        + "' of the newcomer: it is too small for the experiment"));
    }
}
