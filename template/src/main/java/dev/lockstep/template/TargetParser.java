package dev.lockstep.template;

import dev.lockstep.template.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses what is assigned to: targets of {@code set} and {@code for}, and the parameters of macros. */
final class TargetParser {
    private static final Set<String> CONSTANTS = Set.of("true", "false", "none", "True", "False", "None");

    /** Parameters as they are written; the defaults are of the last ones. */
    record Parameters(List<String> names, List<Expression> defaults) {
        static final Parameters NONE = new Parameters(List.of(), List.of());
    }

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int depth;

    TargetParser(TokenStream tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    /** What {@code set} assigns to. */
    Target target() {
        return several(true, false);
    }

    /** What {@code for} and {@code with} assign to. */
    Target loopTarget() {
        return several(false, false);
    }

    private Target several(boolean withAttributes, boolean inParentheses) {
        List<Target> targets = new ArrayList<>();
        boolean commas = false;
        while (!isEnd()) {
            targets.add(single(withAttributes));
            if (!tokens.skipOperator(",")) {
                break;
            }
            commas = true;
        }
        if (targets.isEmpty() && !inParentheses) {
            throw tokens.unexpected("a name");
        }
        return commas || targets.isEmpty() ? new Target.Several(targets) : targets.getFirst();
    }

    private boolean isEnd() {
        return tokens.current().kind() == Token.Kind.BLOCK_END
                || tokens.isOperator(")")
                || tokens.isName("in")
                || tokens.isOperator("=");
    }

    private Target single(boolean withAttributes) {
        if (tokens.isOperator("(")) {
            if (++depth > 50) {
                throw tokens.unexpected("fewer than 50 nested tuples");
            }
            tokens.next();
            Target inside = several(false, true);
            tokens.expectOperator(")");
            depth--;
            return inside;
        }
        int line = tokens.current().line();
        String name = tokens.expectName();
        if (withAttributes && tokens.skipOperator(".")) {
            return new Target.NamespaceAttribute(name, tokens.expectName());
        }
        checkAssignable(name, line);
        return new Target.Variable(name);
    }

    void checkAssignable(String name, int line) {
        if (CONSTANTS.contains(name)) {
            throw ChatTemplateException.syntax(line, "cannot assign to '" + name + "'");
        }
    }

    /** Parameters in parentheses. */
    Parameters parameters() {
        tokens.expectOperator("(");
        List<String> names = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        while (!tokens.isOperator(")")) {
            if (!names.isEmpty()) {
                tokens.expectOperator(",");
            }
            int line = tokens.current().line();
            String name = tokens.expectName();
            checkAssignable(name, line);
            if (names.contains(name)) {
                throw ChatTemplateException.syntax(line, "there are two parameters " + Abbreviated.of(name));
            }
            names.add(name);
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw ChatTemplateException.syntax(
                        line,
                        "the parameter " + Abbreviated.of(name) + " without a default follows one with a default");
            }
        }
        tokens.next();
        return new Parameters(names, defaults);
    }
}
