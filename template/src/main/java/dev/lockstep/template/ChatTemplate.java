package dev.lockstep.template;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A chat template: makes the text of a prompt from a conversation.
 *
 * <p>Templates are written in Jinja as Hugging Face's {@code apply_chat_template} reads it: white space as with
 * {@code trim_blocks} and {@code lstrip_blocks}, loop controls, {@code generation} blocks, the functions
 * {@code raise_exception} and {@code strftime_now}, {@code tojson} without escaping for HTML, and a sandbox in which
 * nothing can be changed but namespaces.
 *
 * <p>What a user wrote is never read as a template, and the rendered prompt tells which of its characters come from the
 * conversation. Any template and any conversation ends in a prompt or a {@link ChatTemplateException}, within
 * {@link TemplateLimits}. A template is immutable; threads may share it.
 */
public final class ChatTemplate {
    /** For models without a template: the texts of all messages, with a line end between two. */
    public static final ChatTemplate PLAIN = parse("""
            {%- set between = joiner('\\n') %}
            {%- for message in messages %}
            {%- if message.content is string %}
            {{- between() ~ message.content }}
            {%- elif message.content is iterable %}
            {%- for part in message.content if part.type == 'text' %}
            {{- between() ~ part.text }}
            {%- endfor %}
            {%- endif %}
            {%- endfor %}
            """);

    private final List<Statement> statements;
    private final TemplateLimits limits;

    private ChatTemplate(List<Statement> statements, TemplateLimits limits) {
        this.statements = statements;
        this.limits = limits;
    }

    /**
     * Reads a template.
     *
     * @throws ChatTemplateException if it is not one
     */
    public static ChatTemplate parse(String source) {
        return parse(source, TemplateLimits.DEFAULT);
    }

    /**
     * Reads a template whose source and renderings keep to limits.
     *
     * @throws ChatTemplateException if it is not one
     */
    public static ChatTemplate parse(String source, TemplateLimits limits) {
        Objects.requireNonNull(limits, "limits");
        if (source.length() > limits.sourceCharacters()) {
            throw ChatTemplateException.limit("its source of " + source.length()
                    + " characters is longer than the limit of " + limits.sourceCharacters() + " characters");
        }
        try {
            return new ChatTemplate(TemplateParser.parse(TemplateLexer.tokens(source), limits.nesting()), limits);
        } catch (StackOverflowError e) {
            throw ChatTemplateException.limit("its source is nested deeper than this thread's stack allows");
        }
    }

    /**
     * Renders a conversation.
     *
     * @param data variables by name, all of them from the conversation; see {@link TemplateArguments}
     * @throws ChatTemplateException if it cannot be rendered
     */
    public RenderedPrompt render(Map<String, ?> data) {
        return render(TemplateArguments.ofData(data));
    }

    /**
     * Renders a conversation.
     *
     * @throws ChatTemplateException if it cannot be rendered
     */
    public RenderedPrompt render(TemplateArguments arguments) {
        Meter meter = new Meter(limits);
        try {
            Scope variables = new Scope(Globals.scope(), arguments.values(meter));
            Evaluation evaluation = new Evaluation(meter, arguments.now());
            return new RenderedPrompt(
                    evaluation.statements().text(statements, variables).segments());
        } catch (StackOverflowError e) {
            throw ChatTemplateException.limit("it is nested deeper than this thread's stack allows");
        }
    }
}
