package dev.lockstep.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How one value is formatted: Python's "format specification mini-language", and what {@code %} shares with it. */
final class FormatSpec {
    private static final int SIZE_MAX = 10_000;
    private static final Pattern SYNTAX = Pattern.compile(
            "(?:(.)?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([a-zA-Z%])?", Pattern.DOTALL);

    private FormatSpec() {}

    static Text format(Value value, String spec, Evaluation evaluation) {
        if (spec.isEmpty()) {
            return evaluation.str(value);
        }
        Matcher parts = SYNTAX.matcher(spec);
        if (!parts.matches()) {
            throw ChatTemplateException.failed("invalid format specifier " + Abbreviated.of(spec));
        }
        int width = parts.group(7) == null ? 0 : size(parts.group(7));
        int precision = parts.group(9) == null ? -1 : size(parts.group(9));
        char type = parts.group(10) == null ? ' ' : parts.group(10).charAt(0);
        boolean zero = parts.group(6) != null;
        boolean numeric = value instanceof IntValue
                || value instanceof FloatValue
                || value instanceof BoolValue && type != ' ' && type != 's';
        Text text;
        if (numeric) {
            text = Text.of(number(value, type, precision, parts));
        } else if (value instanceof Text || value instanceof BoolValue) {
            text = string(evaluation.str(value), type, precision, parts);
        } else {
            throw ChatTemplateException.failed(
                    "unsupported format specifier " + Abbreviated.of(spec) + " for '" + value.typeName() + "'");
        }
        char align = parts.group(2) != null ? parts.group(2).charAt(0) : zero && numeric ? '=' : numeric ? '>' : '<';
        char fill = parts.group(1) != null ? parts.group(1).charAt(0) : zero ? '0' : ' ';
        return filled(text, width, align, fill, evaluation);
    }

    private static Text string(Text text, char type, int precision, Matcher parts) {
        String align = parts.group(2);
        if (type != ' ' && type != 's' || parts.group(3) != null || parts.group(8) != null || "=".equals(align)) {
            throw ChatTemplateException.failed("invalid format specifier for a string");
        }
        return precision >= 0 && precision < text.codePoints() ? text.slice(0, text.offset(precision)) : text;
    }

    private static String number(Value value, char type, int precision, Matcher parts) {
        String flags = parts.group(3) == null ? "" : parts.group(3);
        boolean real = value instanceof FloatValue || "eEfFgG%".indexOf(type) >= 0;
        String written;
        if (real) {
            written = real(value, type, precision, parts.group(5) != null);
        } else if (type == 'c') {
            return Character.toString(codePoint(Numbers.integer(value, "a character")));
        } else if (" dnbxXo".indexOf(type) >= 0 && precision < 0) {
            long number = Numbers.integer(value, "");
            String prefix = parts.group(5) == null ? "" : prefix(type);
            written = (number < 0 ? "-" : "") + prefix + digits(Math.abs(number), type);
        } else {
            throw ChatTemplateException.failed("a number has no format '" + type + "'");
        }
        return sign(parts.group(8) == null ? written : grouped(written, parts.group(8)), flags);
    }

    private static String real(Value value, char type, int precision, boolean alternate) {
        double number = Numbers.real(value, "");
        return switch (type) {
            case ' ' -> precision < 0 ? FloatFormat.repr(number) : generalAsRepr(number, precision);
            case '%' -> real(100 * number, 'f', precision, alternate) + "%";
            case 'n' -> real(number, 'g', precision, alternate);
            case 'e', 'E', 'f', 'F', 'g', 'G' -> real(number, type, precision, alternate);
            default -> throw ChatTemplateException.failed("a float has no format '" + type + "'");
        };
    }

    /** Without a type, a float has at least one digit behind the point. */
    private static String generalAsRepr(double number, int precision) {
        String general = real(number, 'g', precision, false);
        return general.matches("-?\\d+") ? general + ".0" : general;
    }

    static String real(double number, char type, int precision, boolean alternate, Meter meter) {
        meter.make(0, Math.max(precision, 0));
        return real(number, type, precision, alternate);
    }

    private static String real(double number, char type, int precision, boolean alternate) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            String name = Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
            return Character.isUpperCase(type) ? name.toUpperCase(Locale.ROOT) : name;
        }
        int digits = precision < 0 ? 6 : precision;
        BigDecimal exact = new BigDecimal(Math.abs(number));
        String sign = number < 0 || 1 / number < 0 ? "-" : "";
        String written = switch (Character.toLowerCase(type)) {
            case 'f' -> exact.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
            case 'e' -> scientific(exact, digits);
            default -> general(exact, Math.max(1, digits), alternate);
        };
        return sign + (Character.isUpperCase(type) ? written.toUpperCase(Locale.ROOT) : written);
    }

    private static String scientific(BigDecimal exact, int digits) {
        if (exact.signum() == 0) {
            return FloatFormat.scientific("0" + "0".repeat(digits), 0);
        }
        BigDecimal rounded = exact.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        String unscaled = rounded.unscaledValue().toString();
        int exponent = unscaled.length() - 1 - rounded.scale();
        return FloatFormat.scientific(unscaled + "0".repeat(Math.max(0, digits + 1 - unscaled.length())), exponent);
    }

    private static String general(BigDecimal exact, int digits, boolean alternate) {
        BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = exact.signum() == 0 ? 0 : rounded.precision() - 1 - rounded.scale();
        if (exponent < -4 || exponent >= digits) {
            String mantissa = rounded.stripTrailingZeros().unscaledValue().toString();
            return FloatFormat.scientific(mantissa, exponent);
        }
        BigDecimal scaled = exact.setScale(digits - 1 - exponent, RoundingMode.HALF_EVEN);
        return alternate || exact.signum() == 0 && !alternate && scaled.scale() < 0
                ? scaled.toPlainString()
                : scaled.stripTrailingZeros().toPlainString();
    }

    /** A size in a format. */
    static int size(String digits) {
        long size = digits.length() > 9 ? Long.MAX_VALUE : Long.parseLong(digits);
        if (size > SIZE_MAX) {
            throw ChatTemplateException.limit(
                    "the size " + Abbreviated.of(digits) + " in a format is larger than the limit of " + SIZE_MAX);
        }
        return (int) size;
    }

    static int codePoint(long number) {
        if (!Character.isValidCodePoint(Math.clamp(number, -1, Integer.MAX_VALUE))) {
            throw ChatTemplateException.failed(number + " is not the number of a character");
        }
        return (int) number;
    }

    static String digits(long magnitude, char type) {
        return switch (type) {
            case 'x' -> Long.toHexString(magnitude);
            case 'X' -> Long.toHexString(magnitude).toUpperCase(Locale.ROOT);
            case 'o' -> Long.toOctalString(magnitude);
            case 'b' -> Long.toBinaryString(magnitude);
            default -> Long.toUnsignedString(magnitude);
        };
    }

    static String prefix(char type) {
        return switch (type) {
            case 'x' -> "0x";
            case 'X' -> "0X";
            case 'o' -> "0o";
            case 'b' -> "0b";
            default -> "";
        };
    }

    /** The number with the sign that a flag asks for. */
    static String sign(String number, String flags) {
        if (number.startsWith("-")) {
            return number;
        }
        return flags.contains("+") ? "+" + number : flags.contains(" ") ? " " + number : number;
    }

    private static String grouped(String number, String separator) {
        int begin = number.startsWith("-") ? 1 : 0;
        int end = begin;
        while (end < number.length() && Character.isDigit(number.charAt(end))) {
            end++;
        }
        StringBuilder grouped = new StringBuilder(number);
        for (int i = end - 3; i > begin; i -= 3) {
            grouped.insert(i, separator);
        }
        return grouped.toString();
    }

    /** The text in a field; {@code =} puts the fill between sign and digits. */
    static Text filled(Text text, int width, char align, char fill, Evaluation evaluation) {
        int missing = width - text.codePoints();
        if (missing <= 0) {
            return text;
        }
        Text with = Text.of(Character.toString(fill));
        if (align == '=') {
            int head = text.string().matches("[-+ ].*") ? 1 : 0;
            head += text.string().startsWith("0x", head) || text.string().startsWith("0X", head) ? 2 : 0;
            Text digits = TextPadding.padded(text.from(head), missing, 0, with, evaluation);
            return TextBuilder.concat(evaluation.meter(), text.slice(0, head), digits);
        }
        int before = align == '<' ? 0 : align == '>' ? missing : missing / 2;
        return TextPadding.padded(text, before, missing - before, with, evaluation);
    }
}
