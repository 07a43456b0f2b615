package dev.lockstep.template;

/** Counts what a rendering costs, and stops it at the {@link TemplateLimits}. */
final class Meter {
    private static final int CHARACTERS_PER_STEP = 32;

    private final TemplateLimits limits;
    private long steps;
    private long characters;
    private long elements;
    private int depth;

    Meter(TemplateLimits limits) {
        this.limits = limits;
    }

    /** Counts nodes evaluated or elements visited. */
    void step(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw ChatTemplateException.limit(
                    "evaluating it takes more than the limit of " + limits.steps() + " steps");
        }
    }

    /** Counts a look through so many characters. */
    void scan(long count) {
        step(1 + count / CHARACTERS_PER_STEP);
    }

    /** Counts characters that become part of a text which is then {@code length} long. */
    void make(long count, long length) {
        if (length > limits.textCharacters()) {
            throw ChatTemplateException.limit("a text of " + length + " characters is longer than the limit of "
                    + limits.textCharacters() + " characters");
        }
        scan(count);
        characters += count;
        if (characters > limits.allCharacters()) {
            throw ChatTemplateException.limit(
                    "its texts together are longer than the limit of " + limits.allCharacters() + " characters");
        }
    }

    /** Counts a text. */
    Text made(Text text) {
        make(text.length(), text.length());
        return text;
    }

    /** Counts elements of a list or mapping before they are made. */
    void elements(long count) {
        step(count);
        elements += count;
        if (elements > limits.elements()) {
            throw ChatTemplateException.limit(
                    "its lists and mappings together have more elements than the limit of " + limits.elements());
        }
    }

    /** One level deeper; to be followed by {@link #leave}. */
    void enter() {
        step(1);
        if (++depth > limits.depth()) {
            throw ChatTemplateException.limit("it is nested deeper than the limit of " + limits.depth() + " levels");
        }
    }

    void leave() {
        depth--;
    }
}
