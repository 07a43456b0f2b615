package dev.lockstep.template;

/** How deep a parser is in what it parses, with a limit. */
final class Nesting {
    private final String what;
    private final int max;
    private int depth;

    /** @param what is nested, in the plural */
    Nesting(String what, int max) {
        this.what = what;
        this.max = max;
    }

    /** One deeper, at a token. */
    void enter(Token at) {
        if (++depth > max) {
            throw ChatTemplateException.limit(what + " are nested deeper than the limit of " + max + " levels")
                    .at(at.line());
        }
    }

    void leave(int levels) {
        depth -= levels;
    }
}
