package dev.lockstep.bench.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Requests over time, one line each, drawn with characters. A cell shows what its request did for most of the cell's
 * time; a request that is there for any of it shows.
 */
public final class Gantt {
    /** What the characters mean. */
    public static final String LEGEND = ". queued   = prefill   # decode   - waiting (steps run without it)";

    private static final String STATES = ".=#-";
    private static final int LABEL = 6;

    /** Fewest characters of a line. */
    public static final int WIDTH_MIN = LABEL + 12;

    private Gantt() {}

    /**
     * Draws requests.
     *
     * @param requests one line each, in this order
     * @param endNs the time at the right edge, from the beginning of the run at the left one; the same for drawings that
     *     are to be compared
     * @param width characters of a line, at least {@link #WIDTH_MIN}
     * @return a line with the times at the edges, the requests' lines, and the legend
     */
    public static List<String> draw(List<ServedRequest> requests, long endNs, int width) {
        if (width < WIDTH_MIN) {
            throw new IllegalArgumentException(
                    "a drawing " + width + " characters wide, must be at least " + WIDTH_MIN);
        }
        List<String> lines = new ArrayList<>();
        int cells = width - LABEL - 2;
        lines.add(" ".repeat(LABEL + 1) + axis(endNs, cells));
        for (ServedRequest request : requests) {
            lines.add(String.format(
                    Locale.ROOT, "%" + LABEL + "d|%s|", request.plan().index() + 1, bar(request, endNs, cells)));
        }
        lines.add(" ".repeat(LABEL + 1) + LEGEND);
        return lines;
    }

    private static String axis(long endNs, int cells) {
        String right = String.format(Locale.ROOT, "%.3f s", endNs / 1e9);
        return "0 s" + " ".repeat(Math.max(1, cells - 3 - right.length())) + right;
    }

    private static String bar(ServedRequest request, long endNs, int cells) {
        StringBuilder bar = new StringBuilder(cells);
        for (int c = 0; c < cells; c++) {
            long from = (long) ((double) endNs * c / cells);
            long to = (long) ((double) endNs * (c + 1) / cells);
            bar.append(state(request, from, to));
        }
        return bar.toString();
    }

    private static char state(ServedRequest request, long from, long to) {
        long waiting = 0;
        long waitingBeforeToken = 0;
        Interval prefill = new Interval(request.admittedNs(), request.tokenNs()[0]);
        for (Interval wait : request.waits()) {
            waiting += wait.within(from, to);
            waitingBeforeToken += wait.within(Math.max(from, prefill.fromNs()), Math.min(to, prefill.toNs()));
        }
        long[] ns = {
            request.queued().within(from, to),
            prefill.within(from, to) - waitingBeforeToken,
            new Interval(prefill.toNs(), request.finishedNs()).within(from, to) - (waiting - waitingBeforeToken),
            waiting
        };
        int most = -1;
        for (int i = 0; i < ns.length; i++) {
            if (ns[i] > 0 && (most < 0 || ns[i] >= ns[most])) {
                most = i;
            }
        }
        return most < 0 ? ' ' : STATES.charAt(most);
    }
}
