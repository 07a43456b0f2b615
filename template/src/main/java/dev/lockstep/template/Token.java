package dev.lockstep.template;

/**
 * A piece of a template's source.
 *
 * @param text of DATA and STRING what they stand for; of the others as it is written
 * @param line from 1
 */
record Token(Kind kind, String text, int line) {
    enum Kind {
        DATA,
        BLOCK_BEGIN,
        BLOCK_END,
        VARIABLE_BEGIN,
        VARIABLE_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    /** How messages call it. */
    String described() {
        return switch (kind) {
            case DATA -> "text";
            case BLOCK_BEGIN -> "'{%'";
            case BLOCK_END -> "'%}'";
            case VARIABLE_BEGIN -> "'{{'";
            case VARIABLE_END -> "'}}'";
            case NAME, INTEGER, FLOAT, OPERATOR -> Abbreviated.of(text);
            case STRING -> "the string " + Abbreviated.of(text);
            case END -> "the end of the template";
        };
    }
}
