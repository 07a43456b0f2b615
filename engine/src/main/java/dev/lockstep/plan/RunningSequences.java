package dev.lockstep.plan;

import dev.lockstep.model.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * The sequences that run, in the order in which they get rows: by priority, then by arrival.
 *
 * <p>When KV pages run out, a sequence that is paused loses its own, else the last in order that has no rows in the step yet
 * and comes after the one in need; it is computed again later, to the same tokens. Since the first in order can take the
 * pages of all others and one sequence always fits, somebody always advances. Not thread-safe: the engine's loop owns it.
 */
public final class RunningSequences {
    private final List<Sequence> ordered = new ArrayList<>();

    /** Adds a sequence in its place and returns the place. */
    public int add(Sequence sequence) {
        int at = ordered.size();
        while (at > 0 && sequence.before(ordered.get(at - 1))) {
            at--;
        }
        ordered.add(at, sequence);
        return at;
    }

    /** Takes a sequence out. */
    public Sequence remove(int index) {
        return ordered.remove(index);
    }

    /** How many there are. */
    public int size() {
        return ordered.size();
    }

    /** The sequence at a place. */
    public Sequence get(int index) {
        return ordered.get(index);
    }

    /** How many of them are paused. */
    public int paused() {
        int count = 0;
        for (int i = 0; i < ordered.size(); i++) {
            count += ordered.get(i).paused() ? 1 : 0;
        }
        return count;
    }

    /** Whether any of them can have rows. */
    public boolean runnable() {
        for (int i = 0; i < ordered.size(); i++) {
            if (ordered.get(i).runnable()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Puts the next tokens of a sequence into a step: at most {@code rowsMax}, and as many as the step and the KV pages
     * have room for; behind the last of them its guesses, as far as there is room.
     *
     * @return the number of rows, guesses not counted
     */
    public int addRows(Sequence sequence, Step step, int rowsMax) {
        if (!sequence.runnable()) {
            return 0;
        }
        int wanted = Math.min(Math.min(rowsMax, sequence.pending()), step.rowsMax() - step.rows());
        wanted = sequence.rowsWithin(wanted, step.logitsLeft());
        if (wanted < 1) {
            return 0;
        }
        int rows = sequence.reserve(wanted);
        while (rows < wanted && preemptFor(sequence)) {
            rows = sequence.reserve(wanted);
        }
        if (rows > 0) {
            sequence.addRows(step, rows, rows == sequence.pending() ? guessRows(sequence, step, rows) : 0);
        }
        return rows;
    }

    /** As many guesses as there is room for without taking anything from anybody. */
    private static int guessRows(Sequence sequence, Step step, int rows) {
        int room = Math.min(step.rowsMax() - step.rows() - rows, step.logitsLeft() - 1);
        int wanted = Math.min(Math.min(sequence.guessed(), sequence.guessesUseful()), room);
        return wanted <= 0 ? 0 : Math.max(0, sequence.reserve(rows + wanted) - rows);
    }

    /**
     * Takes the pages of a paused sequence, the last in order.
     *
     * @return false if none has any
     */
    public boolean preemptPaused() {
        for (int i = ordered.size() - 1; i >= 0; i--) {
            Sequence sequence = ordered.get(i);
            if (sequence.paused() && sequence.pages() > 0) {
                sequence.preempt();
                return true;
            }
        }
        return false;
    }

    /** Takes the pages of the sequence that can best be without them. */
    private boolean preemptFor(Sequence needy) {
        if (preemptPaused()) {
            return true;
        }
        for (int i = ordered.size() - 1; i >= 0 && ordered.get(i) != needy; i--) {
            Sequence other = ordered.get(i);
            if (other.pages() > 0 && other.rowsInStep() == 0) {
                other.preempt();
                return true;
            }
        }
        return false;
    }
}
