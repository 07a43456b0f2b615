package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template's source into tokens: text between tags, and what is in the tags.
 *
 * <p>White space is kept as Jinja keeps it with {@code trim_blocks} and {@code lstrip_blocks}: the line end after a
 * block or comment goes, so does the white space before it if it begins the line; a {@code -} beside a delimiter takes
 * all white space on its side, a {@code +} keeps it. One line end at the very end of the source goes.
 */
final class TemplateLexer {
    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;

    /** Whether what was read last ended with a line end, as does nothing. */
    private boolean lineBegins = true;

    private TemplateLexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        TemplateLexer lexer = new TemplateLexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag(at);
            if (tag < 0) {
                data(source.substring(at));
                break;
            }
            tag(tag);
        }
        add(Token.Kind.END, "");
    }

    /** Where the next of {@code {{}, {@code {%} and {@code {#} is, or -1. */
    private int nextTag(int from) {
        for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
            if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private void tag(int tag) {
        char kind = source.charAt(tag + 1);
        char sign = signAt(tag + 2);
        int inside = tag + 2 + (sign == ' ' ? 0 : 1);
        data(beforeTag(source.substring(at, tag), sign, kind == '{'));
        pass(source.substring(at, inside));
        switch (kind) {
            case '{' -> expression(Token.Kind.VARIABLE_BEGIN, Token.Kind.VARIABLE_END, "}}");
            case '#' -> comment();
            default -> block();
        }
    }

    /** The sign that begins or ends what is inside a tag, or a space if there is none. */
    private char signAt(int offset) {
        char sign = offset < source.length() ? source.charAt(offset) : ' ';
        return sign == '-' || sign == '+' ? sign : ' ';
    }

    /** What is left of the text before a tag. */
    private String beforeTag(String text, char sign, boolean variable) {
        if (sign == '-') {
            int end = text.length();
            while (end > 0 && CharacterTypes.isSpace(text.charAt(end - 1))) {
                end--;
            }
            return text.substring(0, end);
        }
        int lineStart = text.lastIndexOf('\n') + 1;
        boolean indentation =
                (lineStart > 0 || lineBegins) && text.chars().skip(lineStart).allMatch(c -> c == ' ' || c == '\t');
        return sign == ' ' && !variable && indentation ? text.substring(0, lineStart) : text;
    }

    private void block() {
        int name = afterSpace(at);
        if (source.startsWith("raw", name)) {
            int end = afterSpace(name + 3);
            int close = source.startsWith("-%}", end) ? end + 3 : source.startsWith("%}", end) ? end + 2 : -1;
            if (close >= 0) {
                raw(source.charAt(end) == '-' ? afterSpace(close) : close);
                return;
            }
        }
        expression(Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END, "%}");
    }

    /** Takes everything up to {@code {% endraw %}} as text. */
    private void raw(int from) {
        pass(source.substring(at, from));
        for (int tag = source.indexOf("{%", from); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
            char sign = signAt(tag + 2);
            int name = afterSpace(tag + 2 + (sign == ' ' ? 0 : 1));
            int end = source.startsWith("endraw", name) ? closed(afterSpace(name + 6), "%}") : -1;
            if (end >= 0) {
                data(beforeTag(source.substring(at, tag), sign, false));
                pass(source.substring(at, end));
                return;
            }
        }
        throw ChatTemplateException.syntax(line, "'{% raw %}' has no '{% endraw %}'");
    }

    private void comment() {
        int close = source.indexOf("#}", at);
        if (close < 0) {
            throw ChatTemplateException.syntax(line, "'{#' has no '#}'");
        }
        int sign = close > at && signAt(close - 1) != ' ' ? close - 1 : close;
        pass(source.substring(at, closed(sign, "#}")));
    }

    /** Where the text goes on after a delimiter with its sign and the white space that goes with it; -1 if none is. */
    private int closed(int offset, String delimiter) {
        char sign = signAt(offset);
        int close = offset + (sign == ' ' ? 0 : 1);
        if (!source.startsWith(delimiter, close)) {
            return -1;
        }
        int end = close + delimiter.length();
        return switch (sign) {
            case '-' -> afterSpace(end);
            case '+' -> end;
            default -> source.startsWith("\n", end) && !delimiter.equals("}}") ? end + 1 : end;
        };
    }

    private void expression(Token.Kind begin, Token.Kind end, String delimiter) {
        add(begin, source.substring(Math.max(0, at - 2), at));
        ExpressionLexer lexer = new ExpressionLexer(source, tokens);
        int opened = line;
        while (at < source.length()) {
            int close = lexer.isBalanced() ? closeOf(delimiter) : -1;
            if (close >= 0) {
                add(end, delimiter);
                pass(source.substring(at, close));
                return;
            }
            int next = lexer.read(at, line);
            pass(source.substring(at, next));
        }
        throw ChatTemplateException.syntax(
                opened, "'" + (delimiter.equals("}}") ? "{{" : "{%") + "' has no '" + delimiter + "'");
    }

    private int closeOf(String delimiter) {
        boolean kept = source.startsWith("+}}", at);
        return kept ? -1 : closed(at, delimiter);
    }

    private int afterSpace(int offset) {
        int end = offset;
        while (end < source.length() && CharacterTypes.isSpace(source.charAt(end))) {
            end++;
        }
        return end;
    }

    private void data(String text) {
        if (!text.isEmpty()) {
            add(Token.Kind.DATA, text);
        }
    }

    private void add(Token.Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    /** Goes past characters, and counts their lines. */
    private void pass(String characters) {
        for (int end = characters.indexOf('\n'); end >= 0; end = characters.indexOf('\n', end + 1)) {
            line++;
        }
        at += characters.length();
        if (!characters.isEmpty()) {
            lineBegins = characters.endsWith("\n");
        }
    }
}
