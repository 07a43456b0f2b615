package dev.lockstep.server.api;

import dev.lockstep.server.error.ApiException;
import dev.lockstep.template.ChatTemplate;
import dev.lockstep.template.ChatTemplateException;
import dev.lockstep.template.Origin;
import dev.lockstep.template.RenderedPrompt;
import dev.lockstep.template.Segment;
import dev.lockstep.template.TemplateArguments;
import dev.lockstep.text.TokenKind;
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
 * <p>What the template wrote may be control tokens; what people wrote never is. Where no control token's text touches what
 * people wrote, as nearly always, the whole text is tokenised at once, as the model was trained. Where one does, the text is
 * cut at the control tokens of the template, and what is between them is plain text.
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
        boolean[] said = said(prompt, text.length());
        List<int[]> controls = controls(text);
        boolean touched = controls.stream().anyMatch(place -> touches(place, said));
        return withBos(touched ? cut(text, controls, said) : tokenizer.encode(text, true));
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

    /** Which characters people wrote. */
    private static boolean[] said(RenderedPrompt prompt, int length) {
        boolean[] said = new boolean[length];
        int at = 0;
        for (Segment segment : prompt.segments()) {
            for (int end = at + segment.text().length(); at < end; at++) {
                said[at] = segment.origin() == Origin.DATA;
            }
        }
        return said;
    }

    /** Where texts of control tokens are: {from, to, token}. They may overlap. */
    private List<int[]> controls(String text) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        List<int[]> places = new ArrayList<>();
        for (int token = 0; token < vocabulary.size(); token++) {
            if (vocabulary.kind(token) != TokenKind.CONTROL) {
                continue;
            }
            String piece = vocabulary.piece(token);
            for (int at = text.indexOf(piece); at >= 0 && !piece.isEmpty(); at = text.indexOf(piece, at + 1)) {
                places.add(new int[] {at, at + piece.length(), token});
            }
        }
        places.sort((a, b) -> a[0] != b[0] ? Integer.compare(a[0], b[0]) : Integer.compare(b[1], a[1]));
        return places;
    }

    private static boolean touches(int[] place, boolean[] said) {
        for (int at = place[0]; at < place[1]; at++) {
            if (said[at]) {
                return true;
            }
        }
        return false;
    }

    private int[] cut(String text, List<int[]> controls, boolean[] said) {
        List<Integer> tokens = new ArrayList<>();
        int at = 0;
        for (int[] place : controls) {
            if (place[0] >= at && !touches(place, said)) {
                addPlain(tokens, text.substring(at, place[0]));
                tokens.add(place[2]);
                at = place[1];
            }
        }
        addPlain(tokens, text.substring(at));
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private void addPlain(List<Integer> tokens, String text) {
        for (int token : tokenizer.encode(text, false)) {
            tokens.add(token);
        }
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
