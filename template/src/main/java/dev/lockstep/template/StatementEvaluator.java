package dev.lockstep.template;

import dev.lockstep.template.Statement.Target;
import java.util.Iterator;
import java.util.List;

/** Executes statements: what they print goes to a {@link TextBuilder}, what they set to a {@link Scope}. */
final class StatementEvaluator {
    /** How to go on after a statement. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Evaluation evaluation;
    private final Meter meter;

    StatementEvaluator(Evaluation evaluation) {
        this.evaluation = evaluation;
        this.meter = evaluation.meter();
    }

    Flow execute(List<Statement> statements, Scope scope, TextBuilder out) {
        for (Statement statement : statements) {
            meter.enter();
            Flow flow;
            try {
                flow = execute(statement, scope, out);
            } catch (ChatTemplateException e) {
                throw e.at(statement.line());
            }
            meter.leave();
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    /** What statements print. */
    Text text(List<Statement> statements, Scope scope) {
        TextBuilder out = new TextBuilder(meter);
        execute(statements, scope, out);
        return out.build();
    }

    private Flow execute(Statement statement, Scope scope, TextBuilder out) {
        switch (statement) {
            case Statement.Literal literal -> out.append(literal.text());
            case Statement.Print print -> out.append(evaluation.str(value(print.value(), scope)));
            case Statement.If condition -> {
                return condition(condition, scope, out);
            }
            case Statement.For loop -> new LoopEvaluator(evaluation, loop, scope).execute(out);
            case Statement.Set set -> set(set, scope);
            case Statement.SetBlock set ->
                assign(set.target(), filtered(set.value(), text(set.body(), new Scope(scope)), scope), scope);
            case Statement.MacroDefinition macro ->
                scope.set(macro.name(), new Macro(macro.name(), macro.signature(), macro.body(), scope));
            case Statement.CallBlock call -> out.append(evaluation.str(call(call, scope)));
            case Statement.FilterBlock filter ->
                out.append(evaluation.str(filtered(filter.value(), text(filter.body(), new Scope(scope)), scope)));
            case Statement.With with -> {
                return with(with, scope, out);
            }
            case Statement.Block block -> {
                return execute(block.body(), new Scope(scope), out);
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private Value value(Expression expression, Scope scope) {
        return evaluation.expressions().evaluate(expression, scope);
    }

    private Flow condition(Statement.If first, Scope scope, TextBuilder out) {
        Statement.If condition = first;
        while (!evaluation.expressions().isTrue(condition.test(), scope)) {
            List<Statement> otherwise = condition.otherwise();
            if (otherwise.size() != 1 || !(otherwise.getFirst() instanceof Statement.If next)) {
                return execute(otherwise, scope, out);
            }
            condition = next;
        }
        return execute(condition.then(), scope, out);
    }

    private void set(Statement.Set set, Scope scope) {
        checkNamespaces(set.target(), scope);
        assign(set.target(), value(set.value(), scope), scope);
    }

    /** Jinja looks whether attributes can be set before it evaluates what they are set to. */
    private void checkNamespaces(Target target, Scope scope) {
        switch (target) {
            case Target.NamespaceAttribute(String namespace, String _) -> namespace(namespace, scope);
            case Target.Several(List<Target> targets) -> targets.forEach(part -> checkNamespaces(part, scope));
            case Target.Variable _ -> {}
        }
    }

    private static Namespace namespace(String name, Scope scope) {
        if (scope.get(name) instanceof Namespace namespace) {
            return namespace;
        }
        throw ChatTemplateException.failed(
                "cannot set an attribute of '" + name + "', which is not made by namespace()");
    }

    void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Target.Variable(String name) -> scope.set(name, value);
            case Target.NamespaceAttribute(String namespace, String name) ->
                namespace(namespace, scope).set(name, value);
            case Target.Several(List<Target> targets) -> unpack(targets, value, scope);
        }
    }

    private void unpack(List<Target> targets, Value value, Scope scope) {
        Iterator<Value> items = Iteration.of(value, evaluation);
        for (int i = 0; i < targets.size(); i++) {
            if (!items.hasNext()) {
                throw ChatTemplateException.failed(
                        "not enough values to unpack: expected " + targets.size() + ", but got " + i);
            }
            assign(targets.get(i), items.next(), scope);
        }
        if (items.hasNext()) {
            throw ChatTemplateException.failed("too many values to unpack: expected " + targets.size());
        }
    }

    private Value filtered(Expression filters, Text text, Scope scope) {
        Scope inner = new Scope(scope);
        inner.set(ExpressionEvaluator.BLOCK_TEXT, text);
        return value(filters, inner);
    }

    private Value call(Statement.CallBlock block, Scope scope) {
        Macro caller = new Macro("caller", block.signature(), block.body(), scope);
        Value callee = value(block.call().callee(), scope);
        Arguments arguments = evaluation.expressions().arguments(block.call().arguments(), scope);
        return evaluation.call(callee, arguments.with("caller", caller));
    }

    private Flow with(Statement.With with, Scope scope, TextBuilder out) {
        Scope inner = new Scope(scope);
        for (int i = 0; i < with.targets().size(); i++) {
            assign(with.targets().get(i), value(with.values().get(i), scope), inner);
        }
        return execute(with.body(), inner, out);
    }
}
