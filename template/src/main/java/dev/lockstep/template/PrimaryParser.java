package dev.lockstep.template;

import dev.lockstep.template.Expression.CallArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Parses what expressions are made of: names, literals, brackets, and what follows them directly. */
final class PrimaryParser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;

    PrimaryParser(TokenStream tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    Expression primary() {
        Token token = tokens.current();
        return switch (token.kind()) {
            case NAME -> name(tokens.next().text());
            case STRING -> string();
            case INTEGER -> integer(tokens.next());
            case FLOAT ->
                constant(new FloatValue(Double.parseDouble(tokens.next().text().replace("_", ""))));
            case OPERATOR -> bracket(token);
            default -> throw tokens.unexpected("an expression");
        };
    }

    private static Expression constant(Value value) {
        return new Expression.Constant(value);
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> constant(BoolValue.TRUE);
            case "false", "False" -> constant(BoolValue.FALSE);
            case "none", "None" -> constant(NoneValue.NONE);
            default -> new Expression.Name(name);
        };
    }

    /** Strings that follow each other are one. */
    private Expression string() {
        StringBuilder string = new StringBuilder();
        while (tokens.current().kind() == Token.Kind.STRING) {
            string.append(tokens.next().text());
        }
        return constant(Text.of(string.toString()));
    }

    private static Expression integer(Token token) {
        try {
            OptionalLong value = Numbers.parseInteger(token.text(), 0);
            return constant(new IntValue(value.orElse(0)));
        } catch (ChatTemplateException e) {
            throw e.at(token.line());
        }
    }

    private Expression bracket(Token token) {
        switch (token.text()) {
            case "(" -> {
                tokens.next();
                Expression inside = tuple(true, true);
                tokens.expectOperator(")");
                return inside;
            }
            case "[" -> {
                return list();
            }
            case "{" -> {
                return dict();
            }
            default -> throw tokens.unexpected("an expression");
        }
    }

    /**
     * One expression, or several with commas between them that make a tuple.
     *
     * @param emptyAllowed whether there may be none at all
     */
    Expression tuple(boolean conditional, boolean emptyAllowed) {
        List<Expression> items = new ArrayList<>();
        boolean commas = false;
        while (!isTupleEnd()) {
            items.add(conditional ? expressions.expression() : expressions.unconditional());
            if (!tokens.skipOperator(",")) {
                break;
            }
            commas = true;
        }
        if (items.isEmpty() && !emptyAllowed) {
            throw tokens.unexpected("an expression");
        }
        return commas || items.isEmpty() ? new Expression.TupleLiteral(items) : items.getFirst();
    }

    private boolean isTupleEnd() {
        Token.Kind kind = tokens.current().kind();
        return kind == Token.Kind.VARIABLE_END
                || kind == Token.Kind.BLOCK_END
                || tokens.isOperator(")")
                || tokens.isName("recursive") && tokens.following().kind() == Token.Kind.BLOCK_END;
    }

    private Expression list() {
        tokens.next();
        List<Expression> items = new ArrayList<>();
        while (!tokens.isOperator("]")) {
            items.add(expressions.expression());
            if (!tokens.isOperator("]")) {
                tokens.expectOperator(",");
            }
        }
        tokens.next();
        return new Expression.ListLiteral(items);
    }

    private Expression dict() {
        tokens.next();
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.isOperator("}")) {
            keys.add(expressions.expression());
            tokens.expectOperator(":");
            values.add(expressions.expression());
            if (!tokens.isOperator("}")) {
                tokens.expectOperator(",");
            }
        }
        tokens.next();
        return new Expression.DictLiteral(keys, values);
    }

    /** An attribute, item or call of what was parsed. */
    Expression postfix(Expression object) {
        if (tokens.isOperator("(")) {
            return new Expression.Call(object, arguments());
        }
        if (tokens.skipOperator(".")) {
            return switch (tokens.current().kind()) {
                case NAME -> new Expression.Attribute(object, tokens.next().text());
                case INTEGER -> new Expression.Item(object, integer(tokens.next()));
                default -> throw tokens.unexpected("a name or a number after '.'");
            };
        }
        tokens.expectOperator("[");
        return subscript(object);
    }

    private Expression subscript(Expression object) {
        List<Expression> keys = new ArrayList<>();
        boolean slice = false;
        while (!tokens.isOperator("]")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
            }
            Expression start = tokens.isOperator(":") ? null : expressions.expression();
            if (tokens.isOperator(":")) {
                slice = true;
                keys.add(slice(object, start));
            } else {
                keys.add(start);
            }
        }
        tokens.next();
        if (slice && keys.size() > 1) {
            throw ChatTemplateException.syntax(tokens.current().line(), "a slice cannot be one of several subscripts");
        }
        if (slice) {
            return keys.getFirst();
        }
        return new Expression.Item(object, keys.size() == 1 ? keys.getFirst() : new Expression.TupleLiteral(keys));
    }

    private Expression slice(Expression object, Expression start) {
        tokens.expectOperator(":");
        Expression stop = isSliceEnd() || tokens.isOperator(":") ? null : expressions.expression();
        Expression step = tokens.skipOperator(":") && !isSliceEnd() ? expressions.expression() : null;
        return new Expression.Slice(object, start, stop, step);
    }

    private boolean isSliceEnd() {
        return tokens.isOperator("]") || tokens.isOperator(",");
    }

    /** Arguments in parentheses: positional ones, named ones, then {@code *} and {@code **}. */
    CallArguments arguments() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<Expression> named = new ArrayList<>();
        Expression spread = null;
        Expression spreadNamed = null;
        while (!tokens.isOperator(")")) {
            Token first = tokens.current();
            if (tokens.skipOperator("*")) {
                check(spread == null && spreadNamed == null, first);
                spread = expressions.expression();
            } else if (tokens.skipOperator("**")) {
                check(spreadNamed == null, first);
                spreadNamed = expressions.expression();
            } else if (first.kind() == Token.Kind.NAME && tokens.following().isOperator("=")) {
                check(spreadNamed == null && !names.contains(first.text()), first);
                names.add(tokens.next().text());
                tokens.next();
                named.add(expressions.expression());
            } else {
                check(spread == null && spreadNamed == null && names.isEmpty(), first);
                positional.add(expressions.expression());
            }
            if (!tokens.isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        tokens.next();
        return new CallArguments(positional, names, named, spread, spreadNamed);
    }

    private static void check(boolean allowed, Token at) {
        if (!allowed) {
            throw ChatTemplateException.syntax(at.line(), "the argument " + at.described() + " cannot stand here");
        }
    }
}
