package dev.lockstep.bench.speculation;

import dev.lockstep.trace.TraceEvent;
import dev.lockstep.trace.TraceSnapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * A step that gave a request tokens, and the guessing before it.
 *
 * @param source who guessed; null if nobody did
 * @param guesses token ids that were checked, maybe none
 * @param accepted how many of the first were right
 * @param tokens token ids that came: the accepted guesses and, unless the request ended among them, one more
 * @param guessNs what guessing took
 * @param stepNs what the step took
 */
public record Cycle(
        String source, List<Integer> guesses, int accepted, List<Integer> tokens, long guessNs, long stepNs) {
    /** Copies the lists. */
    public Cycle {
        guesses = List.copyOf(guesses);
        tokens = List.copyOf(tokens);
    }

    /** What stands behind the accepted guesses: {@code bonus}, {@code corrected}, or {@code ended} for nothing. */
    public String next() {
        if (tokens.size() == accepted) {
            return "ended";
        }
        return accepted == guesses.size() ? "bonus" : "corrected";
    }

    /**
     * The cycles of a request that decoded alone, without the step of its prompt, whose token is the first.
     *
     * @throws IllegalStateException if the trace no longer has the request's beginning
     */
    static List<Cycle> of(TraceSnapshot trace, long request) {
        List<Cycle> cycles = new ArrayList<>();
        List<Integer> tokens = new ArrayList<>();
        TraceEvent.Stepped step = null;
        TraceEvent.Stepped own = null;
        TraceEvent.Cycle checked = null;
        boolean begun = false;
        boolean first = true;
        for (TraceEvent event : trace.events()) {
            switch (event) {
                case TraceEvent.Stepped stepped -> step = stepped;
                case TraceEvent.Admitted admitted when admitted.request() == request -> begun = true;
                case TraceEvent.Rows rows
                when rows.request() == request -> {
                    first = add(cycles, first, own, checked, tokens);
                    own = step;
                    checked = null;
                    tokens.clear();
                }
                case TraceEvent.Token token when token.request() == request -> tokens.add(token.token());
                case TraceEvent.Cycle cycle when cycle.request() == request -> checked = cycle;
                default -> {}
            }
        }
        add(cycles, first, own, checked, tokens);
        if (!begun) {
            throw new IllegalStateException("the trace of " + trace.events().size()
                    + " events lacks the beginning of request " + request + ": it dropped " + trace.dropped());
        }
        return cycles;
    }

    /** Adds what a step gave; whether the step of the prompt's last rows, which gave the first token, is still to come. */
    private static boolean add(
            List<Cycle> cycles,
            boolean first,
            TraceEvent.Stepped step,
            TraceEvent.Cycle checked,
            List<Integer> tokens) {
        boolean nothing = tokens.isEmpty() && checked == null;
        if (nothing || first) {
            return first && nothing;
        }
        cycles.add(new Cycle(
                checked == null ? null : checked.source(),
                checked == null ? List.of() : checked.guesses(),
                checked == null ? 0 : checked.accepted(),
                tokens,
                step.guessNs(),
                step.durationNs()));
        return false;
    }
}
