package dev.lockstep.template;

import java.math.BigDecimal;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Numbers: what counts as one, their order, and how texts are read as numbers. */
final class Numbers {
    private Numbers() {}

    /** Whether it is an integer; the truth values are 1 and 0. */
    static boolean isInteger(Value value) {
        return value instanceof IntValue || value instanceof BoolValue;
    }

    static boolean isNumber(Value value) {
        return isInteger(value) || value instanceof FloatValue;
    }

    /** The integer that an argument must be. */
    static long integer(Value value, String what) {
        return switch (value) {
            case IntValue number -> number.value();
            case BoolValue truth -> truth == BoolValue.TRUE ? 1 : 0;
            case Undefined undefined -> throw undefined.used();
            default ->
                throw ChatTemplateException.failed(what + " must be an integer, but is a '" + value.typeName() + "'");
        };
    }

    /** An integer that is cut to what an int holds, where everything beyond means the same. */
    static int clamped(Value value, String what) {
        return Math.clamp(integer(value, what), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    static double real(Value value, String what) {
        return value instanceof FloatValue number ? number.value() : integer(value, what);
    }

    /** The order of two numbers, exactly, whatever their types. What is not a number comes first and equals nothing. */
    static int compare(Value one, Value two) {
        if (isInteger(one) && isInteger(two)) {
            return Long.compare(integer(one, ""), integer(two, ""));
        }
        double a = real(one, "");
        double b = real(two, "");
        if (Double.isNaN(a) || Double.isNaN(b)) {
            return -1;
        }
        if (Double.isInfinite(a) || Double.isInfinite(b) || !(isInteger(one) || isInteger(two))) {
            return a < b ? -1 : a > b ? 1 : 0;
        }
        return exact(one).compareTo(exact(two));
    }

    private static BigDecimal exact(Value number) {
        return number instanceof FloatValue(double value)
                ? new BigDecimal(value)
                : BigDecimal.valueOf(integer(number, ""));
    }

    /** The integer that a float is cut to, or nothing if it is none of 64 bits. */
    static OptionalLong truncated(double value) {
        return Math.abs(value) < 0x1p63 ? OptionalLong.of((long) value) : OptionalLong.empty();
    }

    /** Reads a text as Python's {@code int(text, base)} does; nothing if it is no integer. */
    static OptionalLong parseInteger(String text, int base) {
        String digits = stripped(text).toLowerCase(java.util.Locale.ROOT);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = base;
        String prefix = digits.length() > 1 ? digits.substring(0, 2) : "";
        int prefixed = switch (prefix) {
            case "0x" -> 16;
            case "0o" -> 8;
            case "0b" -> 2;
            default -> 0;
        };
        if (prefixed != 0 && (base == prefixed || base == 0)) {
            radix = prefixed;
            digits = digits.substring(2);
            digits = digits.startsWith("_") ? digits.substring(1) : digits;
        } else if (base == 0) {
            radix = 10;
        }
        if (!digits.matches("[\\p{Nd}a-z]+(_[\\p{Nd}a-z]+)*") || radix < 2 || radix > 36) {
            return OptionalLong.empty();
        }
        return parse((negative ? "-" : "") + digits.replace("_", ""), radix, text);
    }

    private static OptionalLong parse(String digits, int radix, String text) {
        try {
            return OptionalLong.of(Long.parseLong(digits, radix));
        } catch (NumberFormatException e) {
            boolean tooLong =
                    digits.chars().skip(digits.startsWith("-") ? 1 : 0).allMatch(c -> Character.digit(c, radix) >= 0);
            if (tooLong) {
                throw ChatTemplateException.failed("the integer " + Abbreviated.of(text) + " does not fit in 64 bits");
            }
            return OptionalLong.empty();
        }
    }

    /** Reads a text as Python's {@code float(text)} does; nothing if it is no number. */
    static OptionalDouble parseReal(String text) {
        String digits = stripped(text).toLowerCase(java.util.Locale.ROOT);
        if (digits.matches("[+-]?(inf|infinity)")) {
            return OptionalDouble.of(digits.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        if (digits.matches("[+-]?nan")) {
            return OptionalDouble.of(Double.NaN);
        }
        String number = "\\d+(_\\d+)*+";
        if (!digits.matches("[+-]?(" + number + "\\.?(" + number + ")?|\\." + number + ")(e[+-]?" + number + ")?")) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(Double.parseDouble(digits.replace("_", "")));
    }

    private static String stripped(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && CharacterTypes.isSpace(text.charAt(from))) {
            from++;
        }
        while (from < to && CharacterTypes.isSpace(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }
}
