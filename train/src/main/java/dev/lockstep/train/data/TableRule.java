package dev.lockstep.train.data;

/**
 * Tells tables written as Java from programs: locale data, charset mappings, message catalogues, Unicode properties.
 *
 * <p>Measured is the share of string, character and number literals in all that is not white space, the comments at the
 * top of the file left out. A file of which more than {@value #LITERAL_SHARE_MAX} is literals teaches names of time
 * zones and escapes of code points rather than Java.
 */
final class TableRule {
    /** The largest share of literals that a program has. */
    static final double LITERAL_SHARE_MAX = 0.4;

    private final byte[] text;
    private int at;
    private int literalBytes;
    private int bytes;

    private TableRule(byte[] text) {
        this.text = text;
    }

    /** Whether a Java source is a table. */
    static boolean isTable(byte[] java) {
        return literalShare(java) > LITERAL_SHARE_MAX;
    }

    /** The share of literals, 0 to 1. */
    static double literalShare(byte[] java) {
        TableRule rule = new TableRule(java);
        rule.scan();
        return rule.bytes == 0 ? 0 : (double) rule.literalBytes / rule.bytes;
    }

    private void scan() {
        boolean atTop = true;
        while (at < text.length) {
            int start = at;
            byte first = text[at];
            if (first <= ' ' && first >= 0) {
                at++;
                continue;
            }
            if (first == '/' && skipComment()) {
                bytes += atTop ? 0 : at - start;
                continue;
            }
            atTop = false;
            if (skipLiteral()) {
                literalBytes += at - start;
            } else {
                skipWordOrSymbol();
            }
            bytes += at - start;
        }
    }

    private boolean skipComment() {
        if (at + 1 == text.length || text[at + 1] != '/' && text[at + 1] != '*') {
            return false;
        }
        boolean line = text[at + 1] == '/';
        at = Math.min(at + (line ? 2 : 3), text.length);
        while (at < text.length && !(line ? text[at] == '\n' : text[at] == '/' && text[at - 1] == '*')) {
            at++;
        }
        at = line ? at : Math.min(at + 1, text.length);
        return true;
    }

    /** A literal ends at its quote or at the end of its line, so what stands in text blocks counts as words. */
    private boolean skipLiteral() {
        byte quote = text[at];
        if (quote >= '0' && quote <= '9') {
            skipWordOrSymbol();
            return true;
        }
        if (quote != '"' && quote != '\'') {
            return false;
        }
        at++;
        while (at < text.length && text[at] != '\n') {
            if (text[at] == quote) {
                at++;
                break;
            }
            at += text[at] == '\\' && at + 1 < text.length ? 2 : 1;
        }
        return true;
    }

    private void skipWordOrSymbol() {
        do {
            at++;
        } while (at < text.length && isPartOfWord(text[at - 1]) && isPartOfWord(text[at]));
    }

    private static boolean isPartOfWord(byte value) {
        return value < 0 || value == '_' || value == '$' || Character.isLetterOrDigit(value);
    }
}
