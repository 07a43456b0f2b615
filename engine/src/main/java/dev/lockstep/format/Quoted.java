package dev.lockstep.format;

/**
 * Text of unknown origin made fit for a message or a terminal: nothing in it can end the line, move the cursor, change
 * colours or turn the direction of writing.
 *
 * <p>Control and format characters, line and paragraph separators, unpaired surrogates and unassigned characters become
 * <code>&#92;u001B</code>-like escapes, and long text is cut with an ellipsis.
 */
public final class Quoted {
    /** Longest name in characters that is shown in full. */
    public static final int NAME_LENGTH_MAX = 64;

    private static final char ELLIPSIS = '…';

    private Quoted() {}

    /** The name in double quotes, printable, at most {@value #NAME_LENGTH_MAX} characters of it. */
    public static String name(String name) {
        return '"' + cut(name, NAME_LENGTH_MAX) + '"';
    }

    /**
     * The text, printable, in at most {@code lengthMax} characters.
     *
     * @param lengthMax at least 1
     */
    public static String cut(String text, int lengthMax) {
        if (lengthMax < 1) {
            throw new IllegalArgumentException("the longest length is " + lengthMax + ", must be at least 1");
        }
        StringBuilder shown = new StringBuilder(Math.min(text.length(), lengthMax) + 8);
        int lastFit = 0;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            append(shown, codePoint);
            if (shown.length() > lengthMax) {
                shown.setLength(lastFit);
                return shown.append(ELLIPSIS).toString();
            }
            if (shown.length() < lengthMax) {
                lastFit = shown.length();
            }
            i += Character.charCount(codePoint);
        }
        return shown.toString();
    }

    private static void append(StringBuilder shown, int codePoint) {
        if (isPrintable(codePoint)) {
            shown.appendCodePoint(codePoint);
        } else {
            shown.append(String.format(codePoint > 0xFFFF ? "\\u{%X}" : "\\u%04X", codePoint));
        }
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
