package dev.lockstep.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/** Cuts what is inside a tag into tokens. */
final class ExpressionLexer {
    private static final Set<String> LONG_OPERATORS = Set.of("//", "**", "==", "!=", ">=", "<=");
    private static final String SHORT_OPERATORS = "+-/*%~[](){}><=.:|,;";

    private final String source;
    private final List<Token> tokens;
    private final Deque<Character> open = new ArrayDeque<>();

    ExpressionLexer(String source, List<Token> tokens) {
        this.source = source;
        this.tokens = tokens;
    }

    /** Whether every bracket is closed, so that a delimiter is one. */
    boolean isBalanced() {
        return open.isEmpty();
    }

    /** Reads white space or a token; returns where the next begins. */
    int read(int at, int line) {
        int c = source.codePointAt(at);
        if (CharacterTypes.isSpace(c)) {
            return at + 1;
        }
        if (c == '\'' || c == '"') {
            return string(at, line);
        }
        if (c >= '0' && c <= '9') {
            return number(at, line);
        }
        if (Character.isUnicodeIdentifierStart(c) || c == '_') {
            int end = at;
            while (end < source.length() && isNamePart(source.codePointAt(end))) {
                end += Character.charCount(source.codePointAt(end));
            }
            return add(Token.Kind.NAME, at, end, line);
        }
        return operator(at, line);
    }

    private static boolean isNamePart(int c) {
        return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c) || c == '_';
    }

    private int add(Token.Kind kind, int from, int to, int line) {
        tokens.add(new Token(kind, source.substring(from, to), line));
        return to;
    }

    private int operator(int at, int line) {
        String two = source.substring(at, Math.min(at + 2, source.length()));
        if (LONG_OPERATORS.contains(two)) {
            return add(Token.Kind.OPERATOR, at, at + 2, line);
        }
        if (SHORT_OPERATORS.indexOf(source.charAt(at)) >= 0) {
            balance(two.substring(0, 1), line);
            return add(Token.Kind.OPERATOR, at, at + 1, line);
        }
        throw ChatTemplateException.syntax(
                line, "unexpected character " + Abbreviated.of(Character.toString(source.codePointAt(at))));
    }

    private void balance(String operator, int line) {
        switch (operator) {
            case "(" -> open.push(')');
            case "[" -> open.push(']');
            case "{" -> open.push('}');
            case ")", "]", "}" -> {
                if (open.isEmpty() || open.pop() != operator.charAt(0)) {
                    throw ChatTemplateException.syntax(line, "unexpected '" + operator + "'");
                }
            }
            default -> {}
        }
    }

    private int string(int at, int line) {
        char quote = source.charAt(at);
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw ChatTemplateException.syntax(line, "a string has no end: " + Abbreviated.of(source.substring(at)));
        }
        String text = StringEscapes.unescaped(source.substring(at + 1, end), line);
        tokens.add(new Token(Token.Kind.STRING, text, line));
        return end + 1;
    }

    private int number(int at, int line) {
        boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
        int whole = digits(at);
        int end = whole;
        if (end + 1 < source.length() && source.charAt(end) == '.' && isDigit(end + 1)) {
            end = digits(end + 1);
        }
        end = exponent(end);
        if (end > whole && !afterDot) {
            return add(Token.Kind.FLOAT, at, end, line);
        }
        return add(Token.Kind.INTEGER, at, integerEnd(at), line);
    }

    private int integerEnd(int at) {
        String prefix = source.startsWith("0", at) && at + 1 < source.length()
                ? source.substring(at, at + 2).toLowerCase(java.util.Locale.ROOT)
                : "";
        int radix = switch (prefix) {
            case "0x" -> 16;
            case "0o" -> 8;
            case "0b" -> 2;
            default -> 10;
        };
        if (radix != 10) {
            int end = digits(at + 2, radix);
            return end > at + 2 ? end : at + 1;
        }
        return source.charAt(at) == '0' ? digits(at, 1) : digits(at);
    }

    private int exponent(int at) {
        if (at >= source.length() || source.charAt(at) != 'e' && source.charAt(at) != 'E') {
            return at;
        }
        int sign = at + 1 < source.length() && "+-".indexOf(source.charAt(at + 1)) >= 0 ? 1 : 0;
        return isDigit(at + 1 + sign) ? digits(at + 1 + sign) : at;
    }

    private boolean isDigit(int at) {
        return at < source.length() && source.charAt(at) >= '0' && source.charAt(at) <= '9';
    }

    private int digits(int at) {
        return digits(at, 10);
    }

    /** The end of digits, between any two of which there may be one underscore. */
    private int digits(int at, int radix) {
        int end = at;
        while (end < source.length()) {
            int next = source.charAt(end) == '_' ? end + 1 : end;
            if (next >= source.length() || !isDigitOf(source.charAt(next), radix)) {
                break;
            }
            end = next + 1;
        }
        return end;
    }

    private static boolean isDigitOf(char c, int radix) {
        return radix == 1 ? c == '0' : c < 0x80 && Character.digit(c, radix) >= 0;
    }
}
