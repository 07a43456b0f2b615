/**
 * Chat templates: from a conversation to the text of a prompt.
 *
 * <p>An interpreter of the template language Jinja, as far as chat templates use it, with Python's semantics of values.
 * Start reading at {@link dev.lockstep.template.ChatTemplate}. The way of a template: {@code TemplateLexer} makes
 * tokens of its source, {@code TemplateParser} and {@code ExpressionParser} make a tree of {@code Statement}s and
 * {@code Expression}s, {@code StatementEvaluator} and {@code ExpressionEvaluator} walk it. What they compute with are
 * {@code Value}s; strings are {@code Text}s, which know what of them comes from the conversation.
 */
package dev.lockstep.template;
