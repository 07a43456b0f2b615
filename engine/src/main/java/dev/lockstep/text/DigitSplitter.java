package dev.lockstep.text;

/**
 * Cuts runs of digits into groups of three from their right end, as numbers are written: 1 234 567.
 *
 * <p>Regular expressions say this with a lookahead over the rest of the run, which takes quadratic time.
 */
record DigitSplitter(Rule rule) implements Splitter {
    private static final int GROUP_DIGITS = 3;

    /** What is a digit, and where a run is cut. */
    enum Rule {
        /** Characters of category N; a cut after each group, so that the first is left with the text before it. */
        NUMBERS,
        /** ASCII digits; a cut before each group of three, so that the last is left with the text behind it. */
        THOUSANDS
    }

    @Override
    public void split(CharSequence text, int start, IntSequence ends, IntSequence into) {
        int pieceStart = start;
        for (int i = 0; i < ends.size(); i++) {
            splitPiece(text, pieceStart, ends.get(i), into);
            pieceStart = ends.get(i);
        }
    }

    private void splitPiece(CharSequence text, int start, int end, IntSequence into) {
        int done = start;
        for (int at = start; at < end; ) {
            int codePoint = Character.codePointAt(text, at);
            if (!isDigit(codePoint)) {
                at += Character.charCount(codePoint);
                continue;
            }
            int runEnd = runEnd(text, at, end);
            done = cutRun(text, at, runEnd, done, into);
            at = runEnd;
        }
        if (done < end) {
            into.add(end);
        }
    }

    /** Adds the cuts of a run, and returns the last cut; {@code done} is the one before the run. */
    private int cutRun(CharSequence text, int start, int end, int done, IntSequence into) {
        int last = done;
        int left = Character.codePointCount(text, start, end);
        for (int at = start; left > 0; left--) {
            boolean startsRun = rule == Rule.NUMBERS && at == start;
            if (left % GROUP_DIGITS == 0 && !startsRun && at > last) {
                into.add(at);
                last = at;
            }
            at += Character.charCount(Character.codePointAt(text, at));
        }
        if (rule == Rule.NUMBERS) {
            into.add(end);
            last = end;
        }
        return last;
    }

    private int runEnd(CharSequence text, int start, int end) {
        int at = start;
        while (at < end) {
            int codePoint = Character.codePointAt(text, at);
            if (!isDigit(codePoint)) {
                break;
            }
            at += Character.charCount(codePoint);
        }
        return at;
    }

    private boolean isDigit(int codePoint) {
        return rule == Rule.THOUSANDS ? codePoint >= '0' && codePoint <= '9' : isNumber(codePoint);
    }

    private static boolean isNumber(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> false;
        };
    }
}
