package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/** The operators + - * / // % ** as Python has them; integers have 64 bits. */
final class Arithmetic {
    private Arithmetic() {}

    static Value binary(BinaryOperator operator, Value one, Value two, Evaluation evaluation) {
        if (operator == BinaryOperator.MODULO && one instanceof Text format) {
            return PercentFormat.format(format, two, evaluation);
        }
        for (Value operand : List.of(one, two)) {
            if (operand instanceof Undefined undefined) {
                throw undefined.used();
            }
        }
        if (Numbers.isNumber(one) && Numbers.isNumber(two)) {
            return Numbers.isInteger(one) && Numbers.isInteger(two)
                    ? integers(operator, Numbers.integer(one, ""), Numbers.integer(two, ""))
                    : new FloatValue(reals(operator, Numbers.real(one, ""), Numbers.real(two, "")));
        }
        Value made = switch (operator) {
            case ADD -> sum(one, two, evaluation);
            case MULTIPLY -> repeated(one, two, evaluation);
            default -> null;
        };
        if (made == null) {
            throw ChatTemplateException.failed("unsupported operand types for " + operator.symbol() + ": '"
                    + one.typeName() + "' and '" + two.typeName() + "'");
        }
        return made;
    }

    static Value negated(Value value, boolean negate) {
        return switch (value) {
            case FloatValue number -> new FloatValue(negate ? -number.value() : number.value());
            case IntValue _, BoolValue _ -> {
                long number = Numbers.integer(value, "");
                yield integers(BinaryOperator.MULTIPLY, number, negate ? -1 : 1);
            }
            case Undefined undefined -> throw undefined.used();
            default ->
                throw ChatTemplateException.failed(
                        "bad operand type for unary " + (negate ? "-" : "+") + ": '" + value.typeName() + "'");
        };
    }

    private static Value sum(Value one, Value two, Evaluation evaluation) {
        if (one instanceof Text text && two instanceof Text other) {
            return Markup.sum(text, other, evaluation.meter());
        }
        if (one instanceof ListValue list && two instanceof ListValue other) {
            return new ListValue(joined(list.items(), other.items(), evaluation.meter()));
        }
        if (one instanceof TupleValue tuple && two instanceof TupleValue other) {
            return new TupleValue(joined(tuple.items(), other.items(), evaluation.meter()));
        }
        return null;
    }

    private static List<Value> joined(List<Value> one, List<Value> two, Meter meter) {
        meter.elements((long) one.size() + two.size());
        List<Value> all = new ArrayList<>(one.size() + two.size());
        all.addAll(one);
        all.addAll(two);
        return all;
    }

    private static Value repeated(Value one, Value two, Evaluation evaluation) {
        if (!Numbers.isInteger(two)) {
            return Numbers.isInteger(one) ? repeated(two, one, evaluation) : null;
        }
        long times = Math.max(0, Numbers.integer(two, ""));
        return switch (one) {
            case Text text -> text(text, times, evaluation.meter());
            case ListValue list -> new ListValue(items(list.items(), times, evaluation.meter()));
            case TupleValue tuple -> new TupleValue(items(tuple.items(), times, evaluation.meter()));
            default -> null;
        };
    }

    private static Text text(Text text, long times, Meter meter) {
        meter.make(0, text.isEmpty() ? 0 : saturatedProduct(text.length(), times));
        TextBuilder repeated = new TextBuilder(meter);
        for (long i = 0; i < times && !text.isEmpty(); i++) {
            repeated.append(text);
        }
        return repeated.build().withMarkup(text.isMarkup());
    }

    private static List<Value> items(List<Value> items, long times, Meter meter) {
        long count = items.isEmpty() ? 0 : saturatedProduct(items.size(), times);
        meter.elements(count);
        List<Value> repeated = new ArrayList<>((int) count);
        while (repeated.size() < count) {
            repeated.addAll(items);
        }
        return repeated;
    }

    private static long saturatedProduct(long one, long two) {
        return Math.multiplyHigh(one, two) != 0 || one * two < 0
                ? Long.MAX_VALUE >> 1
                : Math.min(one * two, Long.MAX_VALUE >> 1);
    }

    private static Value integers(BinaryOperator operator, long one, long two) {
        try {
            return switch (operator) {
                case ADD -> new IntValue(Math.addExact(one, two));
                case SUBTRACT -> new IntValue(Math.subtractExact(one, two));
                case MULTIPLY -> new IntValue(Math.multiplyExact(one, two));
                case DIVIDE -> new FloatValue((double) one / (double) nonZero(two));
                case FLOOR_DIVIDE -> new IntValue(Math.floorDivExact(one, nonZero(two)));
                case MODULO -> new IntValue(Math.floorMod(one, nonZero(two)));
                case POWER -> two < 0 ? new FloatValue(power(one, two)) : new IntValue(integerPower(one, two));
            };
        } catch (ArithmeticException e) {
            throw ChatTemplateException.failed(
                    "the result of " + one + " " + operator.symbol() + " " + two + " does not fit in 64 bits");
        }
    }

    private static long integerPower(long base, long exponent) {
        if (base == 0 || base == 1 || base == -1) {
            return exponent == 0 ? 1 : base == -1 && exponent % 2 == 0 ? 1 : base;
        }
        long power = 1;
        for (long i = 0; i < exponent; i++) {
            power = Math.multiplyExact(power, base);
        }
        return power;
    }

    private static double reals(BinaryOperator operator, double one, double two) {
        return switch (operator) {
            case ADD -> one + two;
            case SUBTRACT -> one - two;
            case MULTIPLY -> one * two;
            case DIVIDE -> one / nonZero(two);
            case FLOOR_DIVIDE -> floorQuotient(one, nonZero(two));
            case MODULO -> remainder(one, nonZero(two));
            case POWER -> power(one, two);
        };
    }

    /** With the sign of the divisor. */
    private static double remainder(double one, double two) {
        double remainder = one % two;
        if (remainder == 0) {
            return Math.copySign(0, two);
        }
        return remainder < 0 == two < 0 ? remainder : remainder + two;
    }

    private static double floorQuotient(double one, double two) {
        double quotient = (one - remainder(one, two)) / two;
        if (quotient == 0) {
            return Math.copySign(0, one / two);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double power(double one, double two) {
        if (one == 0 && two < 0) {
            throw ChatTemplateException.failed("0.0 cannot be raised to a negative power");
        }
        if (one < 0 && two != Math.rint(two) && !Double.isInfinite(one)) {
            throw ChatTemplateException.failed("a negative number cannot be raised to a power that is not whole");
        }
        double power = Math.pow(one, two);
        if (Double.isInfinite(power) && !Double.isInfinite(one) && !Double.isInfinite(two)) {
            throw ChatTemplateException.failed("the result of " + one + " ** " + two + " is too large");
        }
        return power;
    }

    private static long nonZero(long divisor) {
        if (divisor == 0) {
            throw ChatTemplateException.failed("division by zero");
        }
        return divisor;
    }

    private static double nonZero(double divisor) {
        if (divisor == 0) {
            throw ChatTemplateException.failed("division by zero");
        }
        return divisor;
    }
}
