package dev.lockstep.template;

import java.util.List;

/** Python's {@code format % values}. The result keeps the runs of texts that {@code %s} puts in. */
final class PercentFormat {
    private final Text format;
    private final Value values;
    private final Evaluation evaluation;
    private final TextBuilder out;
    private int at;
    private int used;

    private PercentFormat(Text format, Value values, Evaluation evaluation) {
        this.format = format;
        this.values = values;
        this.evaluation = evaluation;
        this.out = new TextBuilder(evaluation.meter());
    }

    static Text format(Text format, Value values, Evaluation evaluation) {
        return new PercentFormat(format, values, evaluation).run();
    }

    private Text run() {
        String string = format.string();
        while (at < string.length()) {
            int percent = string.indexOf('%', at);
            out.append(format.slice(at, percent < 0 ? string.length() : percent));
            if (percent < 0) {
                break;
            }
            at = percent + 1;
            conversion();
        }
        if (!isSubscriptable(values) && used < positional().size()) {
            throw ChatTemplateException.failed("not all arguments converted during string formatting");
        }
        return out.build().withMarkup(format.isMarkup());
    }

    /** What Python takes for a mapping here, of which not everything need be used. */
    private static boolean isSubscriptable(Value values) {
        return switch (values) {
            case DictValue _, ListValue _, RangeValue _, Undefined _ -> true;
            default -> false;
        };
    }

    private List<Value> positional() {
        return values instanceof TupleValue tuple ? tuple.items() : List.of(values);
    }

    private char next() {
        if (at >= format.length()) {
            throw ChatTemplateException.failed("incomplete format");
        }
        return format.string().charAt(at++);
    }

    private Value argument() {
        if (used >= positional().size()) {
            throw ChatTemplateException.failed("not enough arguments for format string");
        }
        return positional().get(used++);
    }

    private void conversion() {
        Value value = null;
        char c = next();
        if (c == '(') {
            int close = format.string().indexOf(')', at);
            if (close < 0 || !(values instanceof DictValue dict)) {
                throw ChatTemplateException.failed("format requires a mapping");
            }
            value = dict.get(format.string().substring(at, close));
            if (value == null) {
                throw ChatTemplateException.failed("the format asks for "
                        + Abbreviated.of(format.string().substring(at, close)) + ", which is not in the mapping");
            }
            at = close + 1;
            c = next();
        }
        StringBuilder flags = new StringBuilder();
        while ("-+ 0#".indexOf(c) >= 0) {
            flags.append(c);
            c = next();
        }
        StringBuilder width = new StringBuilder();
        c = number(c, width);
        StringBuilder precision = new StringBuilder();
        boolean precise = c == '.';
        if (precise) {
            c = number(next(), precision.append('0'));
        }
        while ("hlL".indexOf(c) >= 0) {
            c = next();
        }
        if (c == '%') {
            out.append("%");
            return;
        }
        write(
                value == null ? argument() : value,
                c,
                flags.toString(),
                width.toString(),
                precise ? precision.toString() : null);
    }

    private char number(char first, StringBuilder digits) {
        char c = first;
        if (c == '*') {
            digits.append(Numbers.integer(argument(), "a width"));
            return next();
        }
        while (c >= '0' && c <= '9') {
            digits.append(c);
            c = next();
        }
        return c;
    }

    private void write(Value value, char conversion, String flags, String width, String precision) {
        int fill = width.isEmpty() ? 0 : FormatSpec.size(width);
        int digits = precision == null ? -1 : FormatSpec.size(precision);
        Text text = switch (conversion) {
            case 's', 'r', 'a' -> {
                Text string = conversion == 's' ? evaluation.str(value) : Printer.repr(value, evaluation.meter());
                yield digits >= 0 && digits < string.codePoints() ? string.slice(0, string.offset(digits)) : string;
            }
            case 'c' ->
                value instanceof Text one && one.codePoints() == 1
                        ? one
                        : Text.of(Character.toString(FormatSpec.codePoint(Numbers.integer(value, "%c"))));
            case 'd', 'i', 'u', 'x', 'X', 'o' -> Text.of(integer(value, conversion, flags, digits));
            case 'f', 'F', 'e', 'E', 'g', 'G' ->
                Text.of(FormatSpec.sign(
                        FormatSpec.real(
                                Numbers.real(value, "%" + conversion),
                                conversion,
                                digits,
                                flags.contains("#"),
                                evaluation.meter()),
                        flags));
            default ->
                throw ChatTemplateException.failed("unsupported format character " + Abbreviated.of("" + conversion));
        };
        boolean numeric = "sracsr".indexOf(conversion) < 0;
        boolean zeros = numeric && flags.contains("0") && !flags.contains("-");
        out.append(FormatSpec.filled(
                text, fill, flags.contains("-") ? '<' : zeros ? '=' : '>', zeros ? '0' : ' ', evaluation));
    }

    private static String integer(Value value, char conversion, String flags, int digits) {
        long number = value instanceof FloatValue(double real) && "diu".indexOf(conversion) >= 0
                ? Numbers.truncated(real)
                        .orElseThrow(() -> ChatTemplateException.failed("a float is no integer of 64 bits"))
                : Numbers.integer(value, "%" + conversion);
        String written = FormatSpec.digits(Math.abs(number), conversion);
        String zeros = "0".repeat(Math.max(0, digits - written.length()));
        String prefix = flags.contains("#") ? FormatSpec.prefix(conversion) : "";
        return FormatSpec.sign((number < 0 ? "-" : "") + prefix + zeros + written, flags);
    }
}
