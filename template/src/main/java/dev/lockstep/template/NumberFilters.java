package dev.lockstep.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.OptionalLong;

/** Filters that make numbers. */
final class NumberFilters {
    private static final int PRECISION_MAX = 400;

    static final Map<String, Filter> ALL = Map.of(
            "int", NumberFilters::integer,
            "float", NumberFilters::real,
            "abs", NumberFilters::absolute,
            "round", NumberFilters::rounded,
            "filesizeformat", NumberFilters::fileSize);

    private NumberFilters() {}

    private static Value integer(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'int'", 0, "default", "base");
        int base = bound[1] == null ? 10 : Numbers.clamped(bound[1], "the base of 'int'");
        OptionalLong number = switch (input) {
            case Undefined undefined -> throw undefined.used();
            case FloatValue(double value) -> truncated(value);
            case IntValue _, BoolValue _ -> OptionalLong.of(Numbers.integer(input, ""));
            case Text text -> {
                evaluation.meter().scan(text.length());
                OptionalLong parsed = Numbers.parseInteger(text.string(), base);
                yield parsed.isPresent()
                        ? parsed
                        : Numbers.parseReal(text.string()).stream()
                                .mapToObj(NumberFilters::truncated)
                                .findFirst()
                                .orElse(OptionalLong.empty());
            }
            default -> OptionalLong.empty();
        };
        return number.isPresent() ? new IntValue(number.getAsLong()) : bound[0] == null ? new IntValue(0) : bound[0];
    }

    private static OptionalLong truncated(double value) {
        OptionalLong number = Numbers.truncated(value);
        if (number.isEmpty() && Double.isFinite(value)) {
            throw ChatTemplateException.failed("the integer of " + value + " does not fit in 64 bits");
        }
        return number;
    }

    private static Value real(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'float'", 0, "default");
        Value otherwise = bound[0] == null ? new FloatValue(0) : bound[0];
        return switch (input) {
            case Undefined undefined -> throw undefined.used();
            case FloatValue number -> number;
            case IntValue _, BoolValue _ -> new FloatValue(Numbers.integer(input, ""));
            case Text text -> {
                evaluation.meter().scan(text.length());
                yield Numbers.parseReal(text.string()).stream()
                        .mapToObj(value -> (Value) new FloatValue(value))
                        .findFirst()
                        .orElse(otherwise);
            }
            default -> otherwise;
        };
    }

    private static Value absolute(Value input, Arguments arguments, Evaluation evaluation) {
        arguments.bind("the filter 'abs'", 0);
        boolean negative = Numbers.real(input, "what 'abs' is applied to") < 0;
        return input instanceof FloatValue(double value)
                ? new FloatValue(Math.abs(value))
                : Arithmetic.negated(input, negative);
    }

    private static Value rounded(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'round'", 0, "precision", "method");
        int precision = bound[0] == null ? 0 : Numbers.clamped(bound[0], "the precision of 'round'");
        String method = bound[1] == null ? "common" : evaluation.str(bound[1]).string();
        double value = Numbers.real(input, "what 'round' is applied to");
        if (Math.abs((long) precision) > PRECISION_MAX) {
            throw ChatTemplateException.limit(
                    "the precision " + precision + " of 'round' passes the limit of " + PRECISION_MAX);
        }
        double scale = Math.pow(10, precision);
        return switch (method) {
            case "common" -> common(input, value, precision);
            case "ceil" -> new FloatValue(integral(Math.ceil(value * scale)) / scale);
            case "floor" -> new FloatValue(integral(Math.floor(value * scale)) / scale);
            default ->
                throw ChatTemplateException.failed(
                        "the method of 'round' must be common, ceil or floor, but is " + Abbreviated.of(method));
        };
    }

    /** Python rounds up and down to integers, which have no negative zero, no infinity and nothing that is no number. */
    private static double integral(double value) {
        if (!Double.isFinite(value)) {
            throw ChatTemplateException.failed("cannot convert " + FloatFormat.repr(value) + " to an integer");
        }
        return value + 0.0;
    }

    /** Half to even, exactly; an integer stays one. */
    private static Value common(Value input, double value, int precision) {
        if (Numbers.isInteger(input)) {
            long number = Numbers.integer(input, "");
            return new IntValue(
                    precision >= 0
                            ? number
                            : BigDecimal.valueOf(number)
                                    .setScale(precision, RoundingMode.HALF_EVEN)
                                    .longValueExact());
        }
        if (!Double.isFinite(value)) {
            return input;
        }
        double rounded = new BigDecimal(value)
                .setScale(precision, RoundingMode.HALF_EVEN)
                .doubleValue();
        return new FloatValue(Math.copySign(rounded, value));
    }

    private static Value fileSize(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'filesizeformat'", 0, "binary");
        boolean binary = bound[0] != null && Iteration.isTrue(bound[0]);
        Value number = real(input, Arguments.of(NoneValue.NONE), evaluation);
        double bytes = Numbers.real(number, "what 'filesizeformat' is applied to");
        double base = binary ? 1024 : 1000;
        if (bytes == 1) {
            return Text.of("1 Byte");
        }
        if (bytes < base) {
            return Text.of((long) bytes + " Bytes");
        }
        String prefixes = "kMGTPEZY";
        double unit = base;
        int prefix = 0;
        while (prefix < prefixes.length() - 1 && bytes >= unit * base) {
            unit *= base;
            prefix++;
        }
        String name = binary
                ? prefixes.substring(prefix, prefix + 1).toUpperCase(java.util.Locale.ROOT) + "i"
                : prefixes.substring(prefix, prefix + 1);
        return Text.of(
                FormatSpec.real(base * bytes / (unit * base), 'f', 1, false, evaluation.meter()) + " " + name + "B");
    }
}
