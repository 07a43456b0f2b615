package dev.lockstep.text;

/**
 * One rule of a {@link PreTokenizer}: cuts pieces of text into smaller ones. Immutable.
 *
 * <p>A rule looks at one piece at a time, as if the text ended where the piece does.
 */
sealed interface Splitter permits PatternSplitter, DigitSplitter {
    /**
     * Cuts each piece of a text.
     *
     * @param start where the first piece starts
     * @param ends where each piece ends, in ascending order; the next piece starts there
     * @param into receives the ends of the pieces that these are cut into, in ascending order and without empty pieces
     */
    void split(CharSequence text, int start, IntSequence ends, IntSequence into);
}
