package dev.lockstep.template;

import java.math.BigDecimal;

/** How Python writes floats: the shortest digits that give the same number. */
final class FloatFormat {
    private static final int FIXED_DIGITS_MAX = 16;
    private static final int LEADING_ZEROS_MAX = 4;

    private FloatFormat() {}

    /** As {@code repr} writes it. */
    static String repr(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
        String digits = decimal.unscaledValue().toString();
        int exponent = digits.length() - 1 - decimal.scale();
        String sign = value < 0 ? "-" : "";
        if (exponent < -LEADING_ZEROS_MAX || exponent >= FIXED_DIGITS_MAX) {
            return sign + scientific(digits, exponent);
        }
        String plain = decimal.toPlainString();
        return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }

    /** As JSON as Python writes it: infinite values and none by JavaScript's names. */
    static String json(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        return repr(value);
    }

    /** Digits with an exponent of two digits or more, such as 1.5e-07. */
    static String scientific(String digits, int exponent) {
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }
}
