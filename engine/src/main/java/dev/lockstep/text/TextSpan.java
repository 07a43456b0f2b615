package dev.lockstep.text;

import java.util.List;

/**
 * A stretch of a text.
 *
 * @param start the index of its first UTF-16 unit
 * @param end the index behind its last one
 */
public record TextSpan(int start, int end) {
    /** Checks the order. */
    public TextSpan {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("a stretch of text from " + start + " to " + end);
        }
    }

    /**
     * For each place of a text, and its end, how many units before it lie in some of these stretches.
     *
     * @throws IllegalArgumentException if one goes beyond the text
     */
    static int[] unitsBefore(String text, List<TextSpan> spans) {
        int[] open = new int[text.length() + 1];
        for (TextSpan span : spans) {
            if (span.end > text.length()) {
                throw new IllegalArgumentException("a stretch from " + span.start + " to " + span.end + " of a text of "
                        + text.length() + " UTF-16 units");
            }
            open[span.start]++;
            open[span.end]--;
        }
        int[] before = new int[text.length() + 1];
        int depth = 0;
        for (int at = 0; at < text.length(); at++) {
            depth += open[at];
            before[at + 1] = before[at] + (depth > 0 ? 1 : 0);
        }
        return before;
    }
}
