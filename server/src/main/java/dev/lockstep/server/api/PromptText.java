package dev.lockstep.server.api;

import dev.lockstep.text.Detokenizer;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.text.Vocabulary;

/** Text to tokens and back, as prompts have it. */
final class PromptText {
    private PromptText() {}

    /** The tokens of a text, where nothing in the text is a control token, with the one that begins a sequence if wanted. */
    static int[] tokens(Tokenizer tokenizer, String text, boolean withBos) {
        int[] tokens = tokenizer.encode(text, false);
        Vocabulary vocabulary = tokenizer.vocabulary();
        if (!withBos || !vocabulary.addBos() || vocabulary.bos().isEmpty()) {
            return tokens;
        }
        int[] all = new int[tokens.length + 1];
        all[0] = vocabulary.bos().getAsInt();
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        return all;
    }

    /** The text of tokens; control tokens have none. */
    static String of(Tokenizer tokenizer, int... tokens) {
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            text.append(detokenizer.append(token));
        }
        return text.append(detokenizer.finish()).toString();
    }
}
