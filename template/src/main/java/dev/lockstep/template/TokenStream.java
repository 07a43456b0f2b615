package dev.lockstep.template;

import java.util.List;

/** Tokens, read one by one. */
final class TokenStream {
    private final List<Token> tokens;
    private int at;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    /** The token after the current one. */
    Token following() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    /** The number of tokens read. */
    int position() {
        return at;
    }

    /** Whether a name is among the tokens from one position to another, except after a dot. */
    boolean mentions(String name, int from, int to) {
        for (int i = from; i < to; i++) {
            if (tokens.get(i).isName(name) && !tokens.get(i - 1).isOperator(".")) {
                return true;
            }
        }
        return false;
    }

    boolean isOperator(String operator) {
        return current().isOperator(operator);
    }

    boolean isName(String name) {
        return current().isName(name);
    }

    /** Takes the operator if it is next. */
    boolean skipOperator(String operator) {
        boolean there = isOperator(operator);
        if (there) {
            at++;
        }
        return there;
    }

    /** Takes the name if it is next. */
    boolean skipName(String name) {
        boolean there = isName(name);
        if (there) {
            at++;
        }
        return there;
    }

    Token expect(Token.Kind kind, String what) {
        if (current().kind() != kind) {
            throw unexpected(what);
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    String expectName() {
        return expect(Token.Kind.NAME, "a name").text();
    }

    ChatTemplateException unexpected(String expected) {
        return ChatTemplateException.syntax(
                current().line(),
                "expected " + expected + ", but got " + current().described());
    }
}
