package dev.lockstep.template;

/** A template that cannot be read, or that cannot render a conversation. The message is one sentence. */
public final class ChatTemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Whose fault it is. */
    public enum Kind {
        /** The template's source is not in the language, or uses what is not supported. */
        SYNTAX,
        /** The template refused the conversation, by {@code raise_exception}. */
        REFUSED,
        /** The template did something that has no meaning, such as to add a number and a string. */
        FAILED,
        /** The template or its input passed one of the {@link TemplateLimits}. */
        LIMIT
    }

    private final Kind kind;
    private final int line;
    private final String reason;

    private ChatTemplateException(Kind kind, int line, String reason) {
        super(sentence(kind, line, reason));
        this.kind = kind;
        this.line = line;
        this.reason = reason;
    }

    private static String sentence(Kind kind, int line, String reason) {
        String place = line > 0 ? " in line " + line : "";
        return switch (kind) {
            case SYNTAX -> "the chat template is not valid" + place + ": " + reason;
            case REFUSED -> "the chat template refuses this conversation: " + reason;
            case FAILED -> "the chat template failed" + place + ": " + reason;
            case LIMIT -> "the chat template was stopped" + place + ": " + reason;
        };
    }

    static ChatTemplateException syntax(int line, String reason) {
        return new ChatTemplateException(Kind.SYNTAX, line, reason);
    }

    static ChatTemplateException refused(String reason) {
        return new ChatTemplateException(Kind.REFUSED, 0, reason);
    }

    static ChatTemplateException failed(String reason) {
        return new ChatTemplateException(Kind.FAILED, 0, reason);
    }

    static ChatTemplateException limit(String reason) {
        return new ChatTemplateException(Kind.LIMIT, 0, reason);
    }

    /** This failure, said to be in a line; the line that was said first stays. */
    ChatTemplateException at(int otherLine) {
        if (line > 0) {
            return this;
        }
        ChatTemplateException placed = new ChatTemplateException(kind, otherLine, reason);
        placed.setStackTrace(getStackTrace());
        return placed;
    }

    /** Whose fault it is. */
    public Kind kind() {
        return kind;
    }

    /** The line of the template, from 1; 0 if it is in none. */
    public int line() {
        return line;
    }

    /** What is wrong, without the place; what a template that refuses the conversation says itself. */
    public String reason() {
        return reason;
    }
}
