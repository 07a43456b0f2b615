package dev.lockstep.template;

/** What stands behind a backslash in the strings of a template. */
final class StringEscapes {
    private StringEscapes() {}

    /** The string that is meant by what is between the quotes. */
    static String unescaped(String written, int line) {
        if (written.indexOf('\\') < 0) {
            return written;
        }
        StringBuilder meant = new StringBuilder(written.length());
        int at = 0;
        while (at < written.length()) {
            char c = written.charAt(at);
            at = c == '\\' ? escape(written, at + 1, line, meant) : plain(c, at, meant);
        }
        return meant.toString();
    }

    private static int plain(char c, int at, StringBuilder to) {
        to.append(c);
        return at + 1;
    }

    /** Reads what follows a backslash; returns where the rest begins. */
    private static int escape(String written, int at, int line, StringBuilder to) {
        char c = written.charAt(at);
        switch (c) {
            case '\n' -> {}
            case '\\', '\'', '"' -> to.append(c);
            case 'a' -> to.append('\u0007');
            case 'b' -> to.append('\b');
            case 'f' -> to.append('\f');
            case 'n' -> to.append('\n');
            case 'r' -> to.append('\r');
            case 't' -> to.append('\t');
            case 'v' -> to.append('\u000B');
            case 'x' -> {
                return hex(written, at + 1, 2, line, to);
            }
            case 'u' -> {
                return hex(written, at + 1, 4, line, to);
            }
            case 'U' -> {
                return hex(written, at + 1, 8, line, to);
            }
            case 'N' -> {
                return named(written, at + 1, line, to);
            }
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                return octal(written, at, to);
            }
            default -> to.append('\\').append(c);
        }
        return at + 1;
    }

    private static int hex(String written, int at, int digits, int line, StringBuilder to) {
        String number = written.substring(at, Math.min(at + digits, written.length()));
        if (!number.matches("[0-9a-fA-F]{" + digits + "}") || Long.parseLong(number, 16) > Character.MAX_CODE_POINT) {
            throw ChatTemplateException.syntax(
                    line, "a string has a broken escape: " + Abbreviated.of("\\" + written.charAt(at - 1) + number));
        }
        to.appendCodePoint(Integer.parseInt(number, 16));
        return at + digits;
    }

    private static int octal(String written, int at, StringBuilder to) {
        int end = at;
        int value = 0;
        while (end < written.length() && end < at + 3 && written.charAt(end) >= '0' && written.charAt(end) <= '7') {
            value = 8 * value + written.charAt(end++) - '0';
        }
        to.append((char) value);
        return end;
    }

    private static int named(String written, int at, int line, StringBuilder to) {
        int end = written.indexOf('}', at);
        try {
            if (end > at && written.charAt(at) == '{') {
                to.appendCodePoint(Character.codePointOf(written.substring(at + 1, end)));
                return end + 1;
            }
        } catch (IllegalArgumentException e) {
            throw ChatTemplateException.syntax(
                    line,
                    "a string names a character that there is not: " + Abbreviated.of(written.substring(at, end)));
        }
        throw ChatTemplateException.syntax(line, "a string has a broken escape: '\\N' needs a name in braces");
    }
}
