package dev.lockstep.template;

import dev.lockstep.template.Statement.Signature;
import dev.lockstep.template.Statement.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses a template: text, <code>{{ }}</code> and the statements in {@code {% %}}. */
final class TemplateParser {
    private static final Set<String> NOT_SUPPORTED =
            Set.of("extends", "include", "import", "from", "autoescape", "do", "trans", "debug");

    private final TokenStream tokens;
    private final Nesting nesting;
    private final UnknownNames unknown = new UnknownNames();
    private final ExpressionParser expressions;
    private final TargetParser targets;
    private int loops;

    private TemplateParser(List<Token> tokens, int nestingMax) {
        this.tokens = new TokenStream(tokens);
        this.nesting = new Nesting("statements", nestingMax);
        this.expressions = new ExpressionParser(this.tokens, nestingMax, unknown);
        this.targets = new TargetParser(this.tokens, expressions);
    }

    static List<Statement> parse(List<Token> tokens, int nestingMax) {
        TemplateParser parser = new TemplateParser(tokens, nestingMax);
        List<Statement> template = parser.until();
        parser.unknown.check();
        return template;
    }

    /** Statements up to a tag with one of the names, which is then next; without names up to the end. */
    private List<Statement> until(String... names) {
        nesting.enter(tokens.current());
        List<Statement> statements = new ArrayList<>();
        int opened = tokens.current().line();
        while (tokens.current().kind() != Token.Kind.END) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Statement.Literal(token.line(), Text.of(token.text())));
                case VARIABLE_BEGIN -> statements.add(print(token.line()));
                default -> {
                    if (List.of(names).contains(tokens.current().text())
                            && tokens.current().kind() == Token.Kind.NAME) {
                        nesting.leave(1);
                        return statements;
                    }
                    statements.add(statement());
                    endTag();
                }
            }
        }
        if (names.length > 0) {
            throw ChatTemplateException.syntax(
                    opened, "the block that begins here has no '{% " + names[names.length - 1] + " %}'");
        }
        nesting.leave(1);
        return statements;
    }

    /** The body of a block: after the tag that opens it, up to and with the tag that closes it. */
    private List<Statement> body(String end) {
        List<Statement> body = bodyUntil(end);
        tokens.next();
        return body;
    }

    private List<Statement> bodyUntil(String... ends) {
        tokens.skipOperator(":");
        endTag();
        return until(ends);
    }

    private void endTag() {
        tokens.expect(Token.Kind.BLOCK_END, "'%}'");
    }

    private Statement print(int line) {
        Expression value = expressions.tuple(true);
        tokens.expect(Token.Kind.VARIABLE_END, "'}}'");
        return new Statement.Print(line, value);
    }

    /** {@code {% print %}} prints several values one after the other. */
    private Statement prints(int line) {
        List<Statement> prints = new ArrayList<>();
        do {
            prints.add(new Statement.Print(line, expressions.expression()));
        } while (tokens.skipOperator(","));
        return new Statement.Block(line, prints);
    }

    private Statement statement() {
        Token tag = tokens.expect(Token.Kind.NAME, "a statement");
        int line = tag.line();
        return switch (tag.text()) {
            case "if" -> condition(line);
            case "for" -> loop(line);
            case "set" -> set(line);
            case "macro" -> macro(line);
            case "call" -> call(line);
            case "filter" -> filter(line);
            case "with" -> with(line);
            case "print" -> prints(line);
            case "generation" -> new Statement.Block(line, scoped("endgeneration"));
            case "block" -> block(line);
            case "break", "continue" -> jump(tag);
            default ->
                throw ChatTemplateException.syntax(
                        line,
                        NOT_SUPPORTED.contains(tag.text())
                                ? "'{% " + tag.text() + " %}' is not supported in chat templates"
                                : "there is no statement " + Abbreviated.of(tag.text()));
        };
    }

    private Statement jump(Token tag) {
        if (loops == 0) {
            throw ChatTemplateException.syntax(tag.line(), "'{% " + tag.text() + " %}' stands outside of a loop");
        }
        return tag.text().equals("break") ? new Statement.Break(tag.line()) : new Statement.Continue(tag.line());
    }

    /** A body with variables of its own. */
    private List<Statement> scoped(String end) {
        int mark = unknown.mark();
        List<Statement> body = body(end);
        unknown.fix(mark);
        return body;
    }

    /** A body in which no loop of outside can be left. */
    private List<Statement> isolated(String end) {
        int outside = loops;
        loops = 0;
        List<Statement> body = scoped(end);
        loops = outside;
        return body;
    }

    private Statement condition(int line) {
        int mark = unknown.mark();
        Expression test = expressions.tuple(false);
        List<Statement> then = bodyUntil("elif", "else", "endif");
        Token tag = tokens.next();
        List<Statement> otherwise = switch (tag.text()) {
            case "elif" -> {
                nesting.enter(tag);
                List<Statement> rest = List.of(condition(tag.line()));
                nesting.leave(1);
                yield rest;
            }
            case "else" -> body("endif");
            default -> List.of();
        };
        unknown.forgive(mark);
        return new Statement.If(line, test, then, otherwise);
    }

    private Statement loop(int line) {
        Target target = targets.loopTarget();
        if (!tokens.skipName("in")) {
            throw tokens.unexpected("'in'");
        }
        Expression items = expressions.tuple(false);
        int mark = unknown.mark();
        Expression filter = tokens.skipName("if") ? expressions.expression() : null;
        boolean recursive = tokens.skipName("recursive");
        loops++;
        List<Statement> body = bodyUntil("else", "endfor");
        loops--;
        List<Statement> otherwise = tokens.next().text().equals("else") ? body("endfor") : List.of();
        unknown.fix(mark);
        return new Statement.For(line, target, items, filter, recursive, body, otherwise);
    }

    private Statement set(int line) {
        Target target = targets.target();
        if (tokens.skipOperator("=")) {
            return new Statement.Set(line, target, expressions.tuple(true));
        }
        int mark = unknown.mark();
        Expression filters = new Expression.BlockText();
        while (tokens.skipOperator("|")) {
            filters = expressions.filter(filters);
        }
        List<Statement> body = body("endset");
        unknown.fix(mark);
        return new Statement.SetBlock(line, target, filters, body);
    }

    private Statement filter(int line) {
        int mark = unknown.mark();
        Expression filters = expressions.filter(new Expression.BlockText());
        while (tokens.skipOperator("|")) {
            filters = expressions.filter(filters);
        }
        List<Statement> body = body("endfilter");
        unknown.fix(mark);
        return new Statement.FilterBlock(line, filters, body);
    }

    private Statement macro(int line) {
        String name = tokens.expectName();
        targets.checkAssignable(name, line);
        TargetParser.Parameters parameters = targets.parameters();
        int begin = tokens.position();
        List<Statement> body = isolated("endmacro");
        return new Statement.MacroDefinition(line, name, signature(parameters, begin, line), body);
    }

    private Statement call(int line) {
        TargetParser.Parameters parameters =
                tokens.isOperator("(") ? targets.parameters() : TargetParser.Parameters.NONE;
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw ChatTemplateException.syntax(line, "'{% call %}' needs a call");
        }
        int begin = tokens.position();
        List<Statement> body = isolated("endcall");
        return new Statement.CallBlock(line, signature(parameters, begin, line), call, body);
    }

    /** What the body, whose tokens begin at a position and end here, takes from its caller. */
    private Signature signature(TargetParser.Parameters parameters, int begin, int line) {
        int end = tokens.position();
        boolean caller = tokens.mentions("caller", begin, end);
        int explicit = parameters.names().indexOf("caller");
        if (caller
                && explicit >= 0
                && explicit < parameters.names().size() - parameters.defaults().size()) {
            throw ChatTemplateException.syntax(line, "the parameter 'caller' needs a default");
        }
        return new Signature(
                parameters.names(),
                parameters.defaults(),
                caller && explicit < 0,
                tokens.mentions("varargs", begin, end) && !parameters.names().contains("varargs"),
                tokens.mentions("kwargs", begin, end) && !parameters.names().contains("kwargs"));
    }

    private Statement with(int line) {
        List<Target> names = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (tokens.current().kind() != Token.Kind.BLOCK_END) {
            if (!names.isEmpty()) {
                tokens.expectOperator(",");
            }
            names.add(targets.loopTarget());
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Statement.With(line, names, values, scoped("endwith"));
    }

    private Statement block(int line) {
        String name = tokens.expectName();
        tokens.skipName("scoped");
        Statement block = new Statement.Block(line, isolated("endblock"));
        tokens.skipName(name);
        return block;
    }
}
