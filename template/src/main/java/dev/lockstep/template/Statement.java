package dev.lockstep.template;

import java.util.List;

/** A piece of a template. Lines are those of the source, from 1. */
sealed interface Statement {
    int line();

    /** Text between tags. */
    record Literal(int line, Text text) implements Statement {}

    /** <code>{{ value }}</code>. */
    record Print(int line, Expression value) implements Statement {}

    /** {@code {% if %}}; {@code {% elif %}} is one more in {@code otherwise}. */
    record If(int line, Expression test, List<Statement> then, List<Statement> otherwise) implements Statement {}

    /** {@code {% for %}}; {@code filter} may be null. */
    record For(
            int line,
            Target target,
            Expression items,
            Expression filter,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    /** {@code {% set target = value %}}. */
    record Set(int line, Target target, Expression value) implements Statement {}

    /** {@code {% set target %}…{% endset %}}; {@code value} applies filters to the block's text. */
    record SetBlock(int line, Target target, Expression value, List<Statement> body) implements Statement {}

    /** {@code {% macro %}}. */
    record MacroDefinition(int line, String name, Signature signature, List<Statement> body) implements Statement {}

    /** {@code {% call %}}: a call whose callee may ask for the block by {@code caller()}. */
    record CallBlock(int line, Signature signature, Expression.Call call, List<Statement> body) implements Statement {}

    /** {@code {% filter %}}; {@code value} applies filters to the block's text. */
    record FilterBlock(int line, Expression value, List<Statement> body) implements Statement {}

    /** {@code {% with %}}. */
    record With(int line, List<Target> targets, List<Expression> values, List<Statement> body) implements Statement {}

    /** A block with variables of its own: {@code {% generation %}} and {@code {% block %}}. */
    record Block(int line, List<Statement> body) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /** What can be assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        /** {@code namespace.name}. */
        record NamespaceAttribute(String namespace, String name) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }

    /**
     * The parameters of a macro.
     *
     * @param defaults of the last parameters
     * @param usesCaller whether the body speaks of {@code caller}; the next two alike
     */
    record Signature(
            List<String> parameters,
            List<Expression> defaults,
            boolean usesCaller,
            boolean usesVarargs,
            boolean usesKwargs) {
        /** The default of a parameter, or null. */
        Expression defaultOf(int parameter) {
            int at = parameter - (parameters.size() - defaults.size());
            return at < 0 ? null : defaults.get(at);
        }
    }
}
