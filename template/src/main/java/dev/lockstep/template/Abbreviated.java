package dev.lockstep.template;

/** Quotes from templates and conversations in messages: short, and in one line. */
final class Abbreviated {
    private static final int LENGTH_MAX = 60;

    private Abbreviated() {}

    static String of(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return "'" + (line.length() <= LENGTH_MAX ? line : line.substring(0, LENGTH_MAX) + "…") + "'";
    }
}
