package dev.lockstep.template;

import java.util.List;

/** What has a value. Lines are those of the source, from 1. */
sealed interface Expression {
    record Constant(Value value) implements Expression {}

    record Name(String name) implements Expression {}

    record ListLiteral(List<Expression> items) implements Expression {}

    record TupleLiteral(List<Expression> items) implements Expression {}

    /** {@code keys} and {@code values} in pairs. */
    record DictLiteral(List<Expression> keys, List<Expression> values) implements Expression {}

    /** {@code object.name}. */
    record Attribute(Expression object, String name) implements Expression {}

    /** {@code object[key]}. */
    record Item(Expression object, Expression key) implements Expression {}

    /** {@code object[start:stop:step]}; each of the three may be null. */
    record Slice(Expression object, Expression start, Expression stop, Expression step) implements Expression {}

    /** {@code callee(arguments)}. */
    record Call(Expression callee, CallArguments arguments) implements Expression {}

    /** {@code input|name(arguments)}. */
    record FilterCall(Expression input, String name, CallArguments arguments) implements Expression {}

    /** {@code input is name(arguments)}. */
    record TestCall(Expression input, String name, CallArguments arguments) implements Expression {}

    record Not(Expression operand) implements Expression {}

    /** {@code -operand} or {@code +operand}. */
    record Signed(Expression operand, boolean negative) implements Expression {}

    record Binary(BinaryOperator operator, Expression left, Expression right) implements Expression {}

    /** {@code a ~ b ~ c}. */
    record Concatenation(List<Expression> parts) implements Expression {}

    /** {@code first < second == third}: every pair of neighbours holds. */
    record Comparisons(Expression first, List<Operand> rest) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    /** {@code then if test else otherwise}; without the last it is null. */
    record Conditional(Expression test, Expression then, Expression otherwise) implements Expression {}

    /** The text of a block that filters are applied to. */
    record BlockText() implements Expression {}

    /** What a comparison compares with. */
    record Operand(ComparisonOperator operator, Expression right) {}

    /** Operators of comparison. */
    enum ComparisonOperator {
        EQUAL,
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL,
        IN,
        NOT_IN
    }

    /**
     * The arguments of a call as they are written.
     *
     * @param names of the named ones, beside {@code namedValues}
     * @param spread what stands after {@code *}, or null
     * @param spreadNamed what stands after {@code **}, or null
     */
    record CallArguments(
            List<Expression> positional,
            List<String> names,
            List<Expression> namedValues,
            Expression spread,
            Expression spreadNamed) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), List.of(), null, null);
    }
}
