package dev.lockstep.template;

import java.util.HashMap;
import java.util.Map;

/** All tests by their names: what {@code value is name(arguments)} asks. */
final class Tests {
    private interface Test {
        boolean holds(Value value, Arguments arguments, Evaluation evaluation);
    }

    private static final Map<String, Test> ALL = new HashMap<>();

    static {
        simple("defined", value -> !(value instanceof Undefined));
        simple("undefined", value -> value instanceof Undefined);
        simple("none", value -> value == NoneValue.NONE);
        simple("boolean", value -> value instanceof BoolValue);
        simple("true", value -> value == BoolValue.TRUE);
        simple("false", value -> value == BoolValue.FALSE);
        simple("integer", value -> value instanceof IntValue);
        simple("float", value -> value instanceof FloatValue);
        simple("number", Numbers::isNumber);
        simple("string", value -> value instanceof Text);
        simple("mapping", value -> value instanceof DictValue);
        simple("iterable", Iteration::isIterable);
        simple("sequence", Tests::isSequence);
        simple("callable", value -> value instanceof Callable || value instanceof Undefined);
        simple("escaped", value -> value instanceof Text text && text.isMarkup());
        ALL.put("lower", (value, _, e) -> TextCase.isLower(e.str(value).string()));
        ALL.put("upper", (value, _, e) -> TextCase.isUpper(e.str(value).string()));
        ALL.put(
                "filter",
                (value, _, _) -> Hashing.representative(value) instanceof Text text && Filters.has(text.string()));
        ALL.put(
                "test",
                (value, _, _) -> Hashing.representative(value) instanceof Text text && Tests.has(text.string()));
        ALL.put("even", (value, _, e) -> remainder(value, new IntValue(2), e));
        ALL.put("odd", (value, _, e) -> odd(value, e));
        ALL.put("divisibleby", (value, arguments, e) -> remainder(value, other(arguments, "divisibleby"), e));
        ALL.put("sameas", (value, arguments, _) -> same(value, other(arguments, "sameas")));
        ALL.put("in", (value, arguments, e) -> Comparison.contains(other(arguments, "in"), value, e));
        compared((value, other, e) -> Comparison.equal(value, other, e.meter()), "==", "eq", "equalto");
        compared((value, other, e) -> !Comparison.equal(value, other, e.meter()), "!=", "ne");
        ordered(Comparison.BinaryOrder.GREATER, ">", "gt", "greaterthan");
        ordered(Comparison.BinaryOrder.GREATER_OR_EQUAL, ">=", "ge");
        ordered(Comparison.BinaryOrder.LESS, "<", "lt", "lessthan");
        ordered(Comparison.BinaryOrder.LESS_OR_EQUAL, "<=", "le");
    }

    private interface Pair {
        boolean holds(Value value, Value other, Evaluation evaluation);
    }

    private Tests() {}

    private static void simple(String name, java.util.function.Predicate<Value> test) {
        ALL.put(name, (value, arguments, _) -> {
            arguments.bind("the test '" + name + "'", 0);
            return test.test(value);
        });
    }

    private static void compared(Pair pair, String... names) {
        for (String name : names) {
            ALL.put(name, (value, arguments, e) -> pair.holds(value, other(arguments, name), e));
        }
    }

    private static void ordered(Comparison.BinaryOrder order, String... names) {
        compared((value, other, e) -> Comparison.ordered(value, order, other, e.meter()), names);
    }

    private static Value other(Arguments arguments, String name) {
        return arguments.bind("the test '" + name + "'", 1, "other")[0];
    }

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static boolean holds(String name, Evaluation evaluation, Value value, Arguments arguments) {
        Test test = ALL.get(name);
        if (test == null) {
            throw ChatTemplateException.failed("there is no test named " + Abbreviated.of(name));
        }
        evaluation.meter().step(1);
        return test.holds(value, arguments, evaluation);
    }

    /** Has a length, and items by position or key. */
    private static boolean isSequence(Value value) {
        return switch (value) {
            case Text _, ListValue _, TupleValue _, DictValue _, RangeValue _, Undefined _ -> true;
            default -> false;
        };
    }

    private static boolean remainder(Value value, Value divisor, Evaluation evaluation) {
        Value remainder = Arithmetic.binary(BinaryOperator.MODULO, value, divisor, evaluation);
        return Comparison.equal(remainder, new IntValue(0), evaluation.meter());
    }

    private static boolean odd(Value value, Evaluation evaluation) {
        Value remainder = Arithmetic.binary(BinaryOperator.MODULO, value, new IntValue(2), evaluation);
        return Comparison.equal(remainder, new IntValue(1), evaluation.meter());
    }

    /** Whether the two are one object; equal numbers and texts count as one. */
    private static boolean same(Value value, Value other) {
        return value == other
                || value instanceof IntValue && value.equals(other)
                || value instanceof Text && value.equals(other);
    }
}
