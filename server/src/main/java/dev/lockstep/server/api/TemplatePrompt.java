package dev.lockstep.server.api;

import dev.lockstep.server.error.ApiException;
import dev.lockstep.template.ChatTemplate;
import dev.lockstep.template.ChatTemplateException;
import dev.lockstep.template.Origin;
import dev.lockstep.template.RenderedPrompt;
import dev.lockstep.template.Segment;
import dev.lockstep.template.TemplateArguments;
import dev.lockstep.text.TextSpan;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.text.Vocabulary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A conversation in a model's own format, as tokens.
 *
 * <p>What the template wrote may be control tokens; what people wrote never is, nor a part of one.
 */
final class TemplatePrompt {
    private final ChatTemplate template;
    private final Tokenizer tokenizer;

    TemplatePrompt(ChatTemplate template, Tokenizer tokenizer) {
        this.template = template;
        this.tokenizer = tokenizer;
    }

    /**
     * The tokens of a prompt that asks for the next message.
     *
     * @throws ApiException 400 if the template refuses the conversation or fails on it
     */
    int[] tokens(List<ChatMessage> messages) {
        RenderedPrompt prompt;
        try {
            prompt = template.render(arguments(messages));
        } catch (ChatTemplateException e) {
            throw ApiException.invalid("messages", "chat_template_failed", e.getMessage());
        }
        String text = prompt.text();
        return withBos(tokenizer.encode(prompt.text(), said(prompt)));
    }

    private TemplateArguments arguments(List<ChatMessage> messages) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (ChatMessage message : messages) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("role", message.role());
            fields.put("content", message.content());
            message.name().ifPresent(name -> fields.put("name", name));
            list.add(fields);
        }
        Vocabulary vocabulary = tokenizer.vocabulary();
        return TemplateArguments.ofData(Map.of("messages", list))
                .withTrusted("add_generation_prompt", true)
                .withTrusted("bos_token", piece(vocabulary.bos()))
                .withTrusted("eos_token", piece(vocabulary.eos()));
    }

    private String piece(OptionalInt token) {
        return token.isPresent() ? tokenizer.vocabulary().piece(token.getAsInt()) : "";
    }

    /** The stretches that people wrote. */
    private static List<TextSpan> said(RenderedPrompt prompt) {
        List<TextSpan> said = new ArrayList<>();
        int at = 0;
        for (Segment segment : prompt.segments()) {
            int end = at + segment.text().length();
            if (segment.origin() == Origin.DATA) {
                said.add(new TextSpan(at, end));
            }
            at = end;
        }
        return said;
    }

    /** Most templates write the token that begins a sequence themselves; it is never there twice. */
    private int[] withBos(int[] tokens) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        OptionalInt bos = vocabulary.bos();
        if (!vocabulary.addBos() || bos.isEmpty() || tokens.length > 0 && tokens[0] == bos.getAsInt()) {
            return tokens;
        }
        int[] all = new int[tokens.length + 1];
        all[0] = bos.getAsInt();
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        return all;
    }
}
