package dev.lockstep.server.api;

import dev.lockstep.server.error.ApiException;
import dev.lockstep.template.ChatTemplate;
import dev.lockstep.text.Tokenizer;
import java.util.List;
import java.util.stream.Collectors;

/** How a conversation becomes a prompt. */
public sealed interface ChatFormat permits ChatFormat.Plain, ChatFormat.Templated, ChatFormat.Unknown {
    /**
     * The tokens of a prompt that asks for the next message.
     *
     * @throws ApiException 400 if the conversation cannot be written in this format
     */
    int[] prompt(List<ChatMessage> messages, Tokenizer tokenizer);

    /** The contents after each other, a line end between them: for a base model, which knows no roles. */
    record Plain() implements ChatFormat {
        @Override
        public int[] prompt(List<ChatMessage> messages, Tokenizer tokenizer) {
            String text = messages.stream().map(ChatMessage::content).collect(Collectors.joining("\n"));
            return tokenizer.prompt(text, false);
        }
    }

    /**
     * The format that the model was trained with.
     *
     * @param template its template
     */
    record Templated(ChatTemplate template) implements ChatFormat {
        @Override
        public int[] prompt(List<ChatMessage> messages, Tokenizer tokenizer) {
            return new TemplatePrompt(template, tokenizer).tokens(messages);
        }
    }

    /** Nobody knows how this model was trained to talk. */
    record Unknown() implements ChatFormat {
        @Override
        public int[] prompt(List<ChatMessage> messages, Tokenizer tokenizer) {
            throw ApiException.invalid(
                    "messages",
                    "no_chat_template",
                    "the model has no chat template; start the server with --chat-template FILE, or use /v1/completions");
        }
    }
}
