package dev.lockstep.template;

/** Finds a string in another in linear time, whatever the two are. */
final class TextSearch {
    /** Up to this length the JDK's search, which takes the product of both lengths at worst, is good enough. */
    private static final int SHORT = 32;

    private TextSearch() {}

    /** The first offset from {@code from} on at which {@code needle} is, or -1. */
    static int indexOf(String string, String needle, int from, Meter meter) {
        int found = needle.length() <= SHORT
                ? string.indexOf(needle, from)
                : byBorders(string, needle, from, string.length(), false);
        int seen = (found < 0 ? string.length() : found + needle.length()) - Math.min(from, string.length());
        meter.scan(needle.length() <= SHORT ? seen : (long) seen + needle.length());
        return found;
    }

    /** The last offset at which {@code needle} is and ends by {@code to}, or -1. */
    static int lastIndexOf(String string, String needle, int to, Meter meter) {
        if (needle.length() <= SHORT) {
            int found = to < needle.length() ? -1 : string.lastIndexOf(needle, to - needle.length());
            meter.scan(to - Math.max(found, 0));
            return found;
        }
        meter.scan((long) to + needle.length());
        return byBorders(string, needle, 0, to, true);
    }

    /** Knuth, Morris and Pratt, "Fast Pattern Matching in Strings", 1977. */
    private static int byBorders(String string, String needle, int from, int to, boolean last) {
        int[] borders = borders(needle);
        int matched = 0;
        int found = -1;
        for (int i = from; i < to; i++) {
            while (matched > 0 && string.charAt(i) != needle.charAt(matched)) {
                matched = borders[matched - 1];
            }
            if (string.charAt(i) == needle.charAt(matched)) {
                matched++;
            }
            if (matched == needle.length()) {
                found = i + 1 - matched;
                matched = borders[matched - 1];
                if (!last) {
                    return found;
                }
            }
        }
        return found;
    }

    /** For each prefix, the length of its longest proper prefix that is also its suffix. */
    private static int[] borders(String needle) {
        int[] borders = new int[needle.length()];
        int matched = 0;
        for (int i = 1; i < needle.length(); i++) {
            while (matched > 0 && needle.charAt(i) != needle.charAt(matched)) {
                matched = borders[matched - 1];
            }
            if (needle.charAt(i) == needle.charAt(matched)) {
                matched++;
            }
            borders[i] = matched;
        }
        return borders;
    }
}
