package dev.lockstep.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A string that knows which of its characters come from the conversation's data. Immutable.
 *
 * <p>It is a sequence of runs; the first is the template's, the next the data's, and so on. {@code flips} holds the
 * offsets (UTF-16 units) at which the origin changes, ascending: a text of data alone flips at 0, one of the template
 * alone never.
 *
 * <pre>
 *   &lt;|user|&gt;Hi&lt;|end|&gt;      flips = {8, 10}
 * </pre>
 *
 * <p>What a text says is all that equality, order and hash see; its runs are a note in the margin. Indices in templates
 * count code points, those of this class UTF-16 units.
 */
final class Text implements Value, Comparable<Text> {
    private static final int[] NEVER = {};
    private static final int[] AT_ONCE = {0};

    static final Text EMPTY = Text.of("");

    private final String string;
    private final int[] flips;

    /** Whether it is marked as HTML, so that what is added to it is escaped. */
    private final boolean markup;

    Text(String string, int[] flips, boolean markup) {
        this.string = string;
        this.flips = flips;
        this.markup = markup;
    }

    /** A text of the template. */
    static Text of(String string) {
        return new Text(string, NEVER, false);
    }

    /** A text of the conversation. */
    static Text data(String string) {
        return new Text(string, string.isEmpty() ? NEVER : AT_ONCE, false);
    }

    /** What was made of some texts in a way that loses the runs: data if anything in any of them is. */
    static Text derived(String string, Text... sources) {
        return Arrays.stream(sources).anyMatch(Text::hasData) ? data(string) : of(string);
    }

    /** What was made of this text character by character, if it is as long; else all of it is as a whole. */
    Text mapped(String result) {
        if (result.length() == string.length()) {
            return new Text(result, flips, markup);
        }
        return derived(result, this).withMarkup(markup);
    }

    String string() {
        return string;
    }

    int length() {
        return string.length();
    }

    boolean isEmpty() {
        return string.isEmpty();
    }

    boolean hasData() {
        return flips.length > 0;
    }

    boolean isMarkup() {
        return markup;
    }

    Text withMarkup(boolean marked) {
        return marked == markup ? this : new Text(string, flips, marked);
    }

    /** How many characters Python counts. */
    int codePoints() {
        return string.codePointCount(0, string.length());
    }

    /** The offset of the n-th code point. */
    int offset(int codePoint) {
        return string.offsetByCodePoints(0, codePoint);
    }

    /** The offsets at which the origin changes; not to be changed. */
    int[] flips() {
        return flips;
    }

    Text slice(int from, int to) {
        if (from == 0 && to == string.length()) {
            return this;
        }
        if (from >= to) {
            return EMPTY.withMarkup(markup);
        }
        int before = flipsBefore(from + 1);
        int after = flipsBefore(to);
        boolean data = before % 2 == 1;
        int[] cut = new int[after - before + (data ? 1 : 0)];
        for (int i = before; i < after; i++) {
            cut[i - before + (data ? 1 : 0)] = flips[i] - from;
        }
        return new Text(string.substring(from, to), cut, markup);
    }

    /** How many flips are at smaller offsets. */
    private int flipsBefore(int offset) {
        int found = Arrays.binarySearch(flips, offset);
        return found >= 0 ? found : -found - 1;
    }

    Text from(int offset) {
        return slice(offset, string.length());
    }

    /** Runs in order, none of them empty. */
    List<Segment> segments() {
        List<Segment> segments = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= flips.length; i++) {
            int to = i < flips.length ? flips[i] : string.length();
            if (from < to) {
                segments.add(new Segment(string.substring(from, to), i % 2 == 0 ? Origin.TEMPLATE : Origin.DATA));
            }
            from = to;
        }
        return segments;
    }

    @Override
    public String typeName() {
        return "str";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && string.equals(text.string);
    }

    @Override
    public int hashCode() {
        return string.hashCode();
    }

    /** By code points, as Python orders strings. */
    @Override
    public int compareTo(Text other) {
        int shorter = Math.min(string.length(), other.string.length());
        for (int i = 0; i < shorter; i++) {
            char one = string.charAt(i);
            char two = other.string.charAt(i);
            if (one != two) {
                boolean surrogates = Character.isSurrogate(one) && Character.isSurrogate(two);
                return surrogates || !(Character.isSurrogate(one) || Character.isSurrogate(two))
                        ? Character.compare(one, two)
                        : Integer.compare(string.codePointAt(i), other.string.codePointAt(i));
            }
        }
        return Integer.compare(string.length(), other.string.length());
    }

    @Override
    public String toString() {
        return string;
    }
}
