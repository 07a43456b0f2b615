package dev.lockstep.template;

import dev.lockstep.template.Expression.CallArguments;
import dev.lockstep.template.Expression.ComparisonOperator;
import dev.lockstep.template.Expression.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Parses expressions by recursive descent. Weakest first: {@code if else}, {@code or}, {@code and}, {@code not},
 * comparisons, {@code + -}, {@code ~}, {@code * / // %}, {@code **}, signs; then attributes, items, calls, and after
 * them filters and tests.
 */
final class ExpressionParser {
    private static final Map<String, ComparisonOperator> COMPARISONS = Map.of(
            "==", ComparisonOperator.EQUAL,
            "!=", ComparisonOperator.NOT_EQUAL,
            "<", ComparisonOperator.LESS,
            "<=", ComparisonOperator.LESS_OR_EQUAL,
            ">", ComparisonOperator.GREATER,
            ">=", ComparisonOperator.GREATER_OR_EQUAL);
    private static final Map<String, BinaryOperator> SUMS =
            Map.of("+", BinaryOperator.ADD, "-", BinaryOperator.SUBTRACT);
    private static final Map<String, BinaryOperator> PRODUCTS = Map.of(
            "*", BinaryOperator.MULTIPLY,
            "/", BinaryOperator.DIVIDE,
            "//", BinaryOperator.FLOOR_DIVIDE,
            "%", BinaryOperator.MODULO);
    private static final Map<String, BinaryOperator> POWERS = Map.of("**", BinaryOperator.POWER);

    private final TokenStream tokens;
    private final Nesting nesting;
    private final UnknownNames unknown;
    private final PrimaryParser primaries;

    ExpressionParser(TokenStream tokens, int nestingMax, UnknownNames unknown) {
        this.tokens = tokens;
        this.nesting = new Nesting("expressions", nestingMax);
        this.unknown = unknown;
        this.primaries = new PrimaryParser(tokens, this);
    }

    /** One expression. */
    Expression expression() {
        nesting.enter(tokens.current());
        int mark = unknown.mark();
        Expression then = or();
        int chain = 0;
        while (tokens.skipName("if")) {
            nesting.enter(tokens.current());
            chain++;
            Expression test = or();
            Expression otherwise = tokens.skipName("else") ? expression() : null;
            then = new Expression.Conditional(test, then, otherwise);
            unknown.forgive(mark);
        }
        nesting.leave(chain + 1);
        return then;
    }

    /** One expression that is no {@code if else}. */
    Expression unconditional() {
        nesting.enter(tokens.current());
        Expression expression = or();
        nesting.leave(1);
        return expression;
    }

    /** One expression, or several with commas between them that make a tuple. */
    Expression tuple(boolean conditional) {
        return primaries.tuple(conditional, false);
    }

    PrimaryParser primaries() {
        return primaries;
    }

    private Expression or() {
        Expression left = and();
        int chain = 0;
        while (tokens.skipName("or")) {
            nesting.enter(tokens.current());
            chain++;
            left = new Expression.Or(left, and());
        }
        nesting.leave(chain);
        return left;
    }

    private Expression and() {
        Expression left = not();
        int chain = 0;
        while (tokens.skipName("and")) {
            nesting.enter(tokens.current());
            chain++;
            left = new Expression.And(left, not());
        }
        nesting.leave(chain);
        return left;
    }

    private Expression not() {
        if (!tokens.isName("not")) {
            return comparisons();
        }
        nesting.enter(tokens.next());
        Expression operand = not();
        nesting.leave(1);
        return new Expression.Not(operand);
    }

    private Expression comparisons() {
        Expression first = sum();
        List<Operand> rest = new ArrayList<>();
        for (ComparisonOperator operator = comparison(); operator != null; operator = comparison()) {
            rest.add(new Operand(operator, sum()));
        }
        return rest.isEmpty() ? first : new Expression.Comparisons(first, rest);
    }

    private ComparisonOperator comparison() {
        if (tokens.skipName("in")) {
            return ComparisonOperator.IN;
        }
        if (tokens.isName("not") && tokens.following().isName("in")) {
            tokens.next();
            tokens.next();
            return ComparisonOperator.NOT_IN;
        }
        ComparisonOperator operator = tokens.current().kind() == Token.Kind.OPERATOR
                ? COMPARISONS.get(tokens.current().text())
                : null;
        if (operator != null) {
            tokens.next();
        }
        return operator;
    }

    private Expression sum() {
        return leftToRight(SUMS);
    }

    private Expression concatenation() {
        Expression first = leftToRight(PRODUCTS);
        if (!tokens.isOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (tokens.skipOperator("~")) {
            parts.add(leftToRight(PRODUCTS));
        }
        return new Expression.Concatenation(parts);
    }

    private Expression leftToRight(Map<String, BinaryOperator> operators) {
        Expression left = stronger(operators);
        int chain = 0;
        while (tokens.current().kind() == Token.Kind.OPERATOR
                && operators.containsKey(tokens.current().text())) {
            nesting.enter(tokens.current());
            chain++;
            BinaryOperator operator = operators.get(tokens.next().text());
            left = new Expression.Binary(operator, left, stronger(operators));
        }
        nesting.leave(chain);
        return left;
    }

    private Expression stronger(Map<String, BinaryOperator> operators) {
        if (operators == SUMS) {
            return concatenation();
        }
        return operators == PRODUCTS ? leftToRight(POWERS) : unary(true);
    }

    private Expression unary(boolean withFilters) {
        nesting.enter(tokens.current());
        Expression expression;
        if (tokens.isOperator("-") || tokens.isOperator("+")) {
            boolean negative = tokens.next().text().equals("-");
            expression = new Expression.Signed(unary(false), negative);
        } else {
            expression = primaries.primary();
        }
        int chain = 1;
        while (isPostfix()) {
            nesting.enter(tokens.current());
            chain++;
            expression = primaries.postfix(expression);
        }
        while (withFilters && (isFilterOrTest() || tokens.isOperator("("))) {
            nesting.enter(tokens.current());
            chain++;
            expression = isFilterOrTest() ? filterOrTest(expression) : primaries.postfix(expression);
        }
        nesting.leave(chain);
        return expression;
    }

    /** Whether an attribute, an item or a call follows. After a filter only a call can. */
    private boolean isPostfix() {
        return tokens.isOperator(".") || tokens.isOperator("[") || tokens.isOperator("(");
    }

    private boolean isFilterOrTest() {
        return tokens.isOperator("|") || tokens.isName("is");
    }

    private Expression filterOrTest(Expression input) {
        return tokens.skipOperator("|") ? filter(input) : test(input);
    }

    /** A filter, from its name on. */
    Expression filter(Expression input) {
        Token at = tokens.current();
        String name = dottedName();
        if (!Filters.has(name)) {
            unknown.add(at, "filter", name);
        }
        CallArguments arguments = tokens.isOperator("(") ? primaries.arguments() : CallArguments.NONE;
        return new Expression.FilterCall(input, name, arguments);
    }

    private Expression test(Expression input) {
        tokens.next();
        boolean negated = tokens.skipName("not");
        Token at = tokens.current();
        String name = dottedName();
        if (!Tests.has(name)) {
            unknown.add(at, "test", name);
        }
        Expression test = new Expression.TestCall(input, name, testArguments());
        return negated ? new Expression.Not(test) : test;
    }

    /** In parentheses, or one without them. */
    private CallArguments testArguments() {
        if (tokens.isOperator("(")) {
            return primaries.arguments();
        }
        Token token = tokens.current();
        boolean argument = switch (token.kind()) {
            case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
            case STRING, INTEGER, FLOAT -> true;
            default -> token.isOperator("[") || token.isOperator("{");
        };
        if (!argument) {
            return CallArguments.NONE;
        }
        if (token.isName("is")) {
            throw ChatTemplateException.syntax(token.line(), "tests cannot be chained with 'is'");
        }
        Expression operand = primaries.primary();
        int chain = 0;
        while (isPostfix()) {
            nesting.enter(tokens.current());
            chain++;
            operand = primaries.postfix(operand);
        }
        nesting.leave(chain);
        return new CallArguments(List.of(operand), List.of(), List.of(), null, null);
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(tokens.expectName());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expectName());
        }
        return name.toString();
    }
}
