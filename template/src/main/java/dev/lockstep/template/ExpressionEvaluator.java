package dev.lockstep.template;

import dev.lockstep.template.Expression.CallArguments;
import dev.lockstep.template.Expression.Operand;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives expressions their values. */
final class ExpressionEvaluator {
    /** Under this name a scope holds the text that the filters of a block are applied to. */
    static final String BLOCK_TEXT = "{% block text %}";

    private final Evaluation evaluation;
    private final Meter meter;

    ExpressionEvaluator(Evaluation evaluation) {
        this.evaluation = evaluation;
        this.meter = evaluation.meter();
    }

    Value evaluate(Expression expression, Scope scope) {
        meter.enter();
        Value value = switch (expression) {
            case Expression.Constant(Value constant) -> constant;
            case Expression.Name(String name) -> name(name, scope);
            case Expression.Attribute(Expression object, String name) ->
                Attributes.attribute(evaluate(object, scope), name, evaluation);
            case Expression.Item(Expression object, Expression key) -> {
                Value owner = evaluate(object, scope);
                yield Attributes.item(owner, evaluate(key, scope), evaluation);
            }
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call(Expression callee, CallArguments arguments) -> {
                Value called = evaluate(callee, scope);
                yield evaluation.call(called, arguments(arguments, scope));
            }
            case Expression.FilterCall(Expression input, String name, CallArguments arguments) -> {
                Value filtered = evaluate(input, scope);
                yield Filters.apply(name, evaluation, filtered, arguments(arguments, scope));
            }
            case Expression.TestCall(Expression input, String name, CallArguments arguments) -> {
                Value tested = evaluate(input, scope);
                yield BoolValue.of(Tests.holds(name, evaluation, tested, arguments(arguments, scope)));
            }
            case Expression.BlockText _ -> scope.get(BLOCK_TEXT);
            default -> operation(expression, scope);
        };
        meter.leave();
        return value;
    }

    private Value operation(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.ListLiteral(List<Expression> items) -> new ListValue(all(items, scope));
            case Expression.TupleLiteral(List<Expression> items) -> new TupleValue(all(items, scope));
            case Expression.DictLiteral dict -> dict(dict, scope);
            case Expression.Not(Expression operand) -> BoolValue.of(!isTrue(operand, scope));
            case Expression.Signed(Expression operand, boolean negative) ->
                Arithmetic.negated(evaluate(operand, scope), negative);
            case Expression.Binary(BinaryOperator operator, Expression left, Expression right) -> {
                Value one = evaluate(left, scope);
                yield Arithmetic.binary(operator, one, evaluate(right, scope), evaluation);
            }
            case Expression.Concatenation(List<Expression> parts) -> concatenation(parts, scope);
            case Expression.Comparisons comparisons -> BoolValue.of(holds(comparisons, scope));
            case Expression.And(Expression left, Expression right) -> {
                Value one = evaluate(left, scope);
                yield Iteration.isTrue(one) ? evaluate(right, scope) : one;
            }
            case Expression.Or(Expression left, Expression right) -> {
                Value one = evaluate(left, scope);
                yield Iteration.isTrue(one) ? one : evaluate(right, scope);
            }
            case Expression.Conditional conditional -> conditional(conditional, scope);
            default -> throw new AssertionError(expression);
        };
    }

    boolean isTrue(Expression expression, Scope scope) {
        return Iteration.isTrue(evaluate(expression, scope));
    }

    private static Value name(String name, Scope scope) {
        Value value = scope.get(name);
        return value == null ? Undefined.name(name) : value;
    }

    private Value conditional(Expression.Conditional conditional, Scope scope) {
        if (isTrue(conditional.test(), scope)) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise() == null
                ? new Undefined("an 'if' without 'else' in an expression was false, so it has no value")
                : evaluate(conditional.otherwise(), scope);
    }

    private List<Value> all(List<Expression> expressions, Scope scope) {
        meter.elements(expressions.size());
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Value dict(Expression.DictLiteral literal, Scope scope) {
        meter.elements(literal.keys().size());
        DictValue dict = new DictValue();
        for (int i = 0; i < literal.keys().size(); i++) {
            Value key = evaluate(literal.keys().get(i), scope);
            dict.put(key, evaluate(literal.values().get(i), scope));
        }
        return dict;
    }

    private Value concatenation(List<Expression> parts, Scope scope) {
        TextBuilder text = new TextBuilder(meter);
        for (Value part : all(parts, scope)) {
            text.append(evaluation.str(part));
        }
        return text.build();
    }

    private boolean holds(Expression.Comparisons comparisons, Scope scope) {
        Value left = evaluate(comparisons.first(), scope);
        for (Operand operand : comparisons.rest()) {
            Value right = evaluate(operand.right(), scope);
            if (!holds(left, operand.operator(), right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private boolean holds(Value left, Expression.ComparisonOperator operator, Value right) {
        return switch (operator) {
            case EQUAL -> Comparison.equal(left, right, meter);
            case NOT_EQUAL -> !Comparison.equal(left, right, meter);
            case LESS -> Comparison.ordered(left, Comparison.BinaryOrder.LESS, right, meter);
            case LESS_OR_EQUAL -> Comparison.ordered(left, Comparison.BinaryOrder.LESS_OR_EQUAL, right, meter);
            case GREATER -> Comparison.ordered(left, Comparison.BinaryOrder.GREATER, right, meter);
            case GREATER_OR_EQUAL -> Comparison.ordered(left, Comparison.BinaryOrder.GREATER_OR_EQUAL, right, meter);
            case IN -> Comparison.contains(right, left, evaluation);
            case NOT_IN -> !Comparison.contains(right, left, evaluation);
        };
    }

    private Value slice(Expression.Slice slice, Scope scope) {
        Value object = evaluate(slice.object(), scope);
        return Slices.slice(
                object,
                bound(slice.start(), scope),
                bound(slice.stop(), scope),
                bound(slice.step(), scope),
                evaluation);
    }

    private Value bound(Expression expression, Scope scope) {
        return expression == null ? NoneValue.NONE : evaluate(expression, scope);
    }

    Arguments arguments(CallArguments written, Scope scope) {
        if (written == CallArguments.NONE) {
            return Arguments.NONE;
        }
        List<Value> positional = new ArrayList<>(all(written.positional(), scope));
        if (written.spread() != null) {
            positional.addAll(Iteration.list(evaluate(written.spread(), scope), evaluation));
        }
        Map<String, Value> named = new LinkedHashMap<>();
        for (int i = 0; i < written.names().size(); i++) {
            named.put(written.names().get(i), evaluate(written.namedValues().get(i), scope));
        }
        if (written.spreadNamed() != null) {
            addNamed(evaluate(written.spreadNamed(), scope), named);
        }
        return new Arguments(positional, named);
    }

    private void addNamed(Value spread, Map<String, Value> named) {
        if (!(spread instanceof DictValue dict)) {
            throw ChatTemplateException.failed("the argument after ** must be a mapping, not " + spread.typeName());
        }
        meter.elements(dict.size());
        Iterator<DictValue.Entry> entries = dict.entries().iterator();
        while (entries.hasNext()) {
            DictValue.Entry entry = entries.next();
            if (!(entry.key() instanceof Text name)) {
                throw ChatTemplateException.failed("the names of arguments after ** must be strings");
            }
            if (named.put(name.string(), entry.value()) != null) {
                throw ChatTemplateException.failed("there is more than one argument " + Abbreviated.of(name.string()));
            }
        }
    }
}
