package dev.lockstep.template;

/**
 * What a template may cost. A template that passes a limit is stopped with {@link ChatTemplateException.Kind#LIMIT}.
 *
 * @param sourceCharacters length of a template's source, in UTF-16 units
 * @param nesting depth of statements and expressions in a source, each counted by itself
 * @param depth depth of what is evaluated: nested statements, expressions and macro calls together; also of the values
 *     that go in
 * @param steps nodes evaluated and elements visited, in all; 32 characters that are made or searched count as one
 * @param textCharacters length of any one text, such as the rendered prompt, in UTF-16 units
 * @param allCharacters length of all texts ever made in a rendering together; together with {@code elements} it bounds
 *     the memory
 * @param elements elements of all lists, tuples and mappings ever made in a rendering together
 */
public record TemplateLimits(
        int sourceCharacters,
        int nesting,
        int depth,
        long steps,
        int textCharacters,
        long allCharacters,
        long elements) {

    /**
     * Room for any conversation that fits a context of millions of tokens; a template that goes round in circles is
     * stopped after some seconds.
     */
    public static final TemplateLimits DEFAULT =
            new TemplateLimits(1 << 20, 200, 1_000, 50_000_000, 1 << 24, 1 << 28, 1 << 22);

    /** Checks that every limit is positive. */
    public TemplateLimits {
        if (Math.min(Math.min(sourceCharacters, nesting), Math.min(depth, textCharacters)) < 1
                || Math.min(Math.min(steps, allCharacters), elements) < 1) {
            throw new IllegalArgumentException("every limit of a template must be positive");
        }
    }
}
