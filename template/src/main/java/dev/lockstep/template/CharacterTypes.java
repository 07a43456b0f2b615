package dev.lockstep.template;

/** Kinds of characters, as Python's {@code str} tells them apart. */
final class CharacterTypes {
    private CharacterTypes() {}

    /** As {@code str.isspace} of one character, and {@code \s} of Python's regular expressions. */
    static boolean isSpace(int c) {
        return switch (c) {
            case 0x20, 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
            default -> c >= 0x09 && c <= 0x0D || c >= 0x1C && c <= 0x1F || c >= 0x2000 && c <= 0x200A;
        };
    }

    /** Where {@code str.splitlines} ends a line. */
    static boolean isLineEnd(int c) {
        return switch (c) {
            case 0x85, 0x2028, 0x2029 -> true;
            default -> c >= 0x0A && c <= 0x0D || c >= 0x1C && c <= 0x1E;
        };
    }

    /** As {@code str.isprintable} of one character. */
    static boolean isPrintable(int c) {
        if (c == ' ') {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    /** As {@code str.isalpha} of one character. */
    static boolean isAlpha(int c) {
        return switch (Character.getType(c)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> true;
            default -> false;
        };
    }

    /** As {@code str.isdecimal} of one character. */
    static boolean isDecimal(int c) {
        return Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER;
    }

    /** As {@code str.isdigit} of one character: also digits that stand above or below the line, or in a circle. */
    static boolean isDigit(int c) {
        return isDecimal(c)
                || Character.getType(c) == Character.OTHER_NUMBER
                        && (c == 0xB2
                                || c == 0xB3
                                || c == 0xB9
                                || c == 0x2070
                                || c >= 0x2074 && c <= 0x2079
                                || c >= 0x2080 && c <= 0x2089
                                || c >= 0x2460 && c <= 0x2468
                                || c >= 0x2474 && c <= 0x247C
                                || c >= 0x2488 && c <= 0x2490
                                || c == 0x24EA);
    }

    /** As {@code str.isnumeric} of one character, but for ideographs that are numbers. */
    static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> false;
        };
    }

    /** As {@code \w} of Python's regular expressions. */
    static boolean isWord(int c) {
        return c == '_' || isAlpha(c) || isNumeric(c);
    }
}
