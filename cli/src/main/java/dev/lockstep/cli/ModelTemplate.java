package dev.lockstep.cli;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.Quoted;
import dev.lockstep.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What a model file says about prompts.
 *
 * @param source its chat template, or null for a plain one
 * @param tokens the texts of its special tokens by the names that templates have for them
 */
record ModelTemplate(String source, Map<String, String> tokens) {
    private static final String KEY = "tokenizer.chat_template";

    /**
     * Reads a model's template.
     *
     * @param plainAllowed whether a model without one gets a plain one
     */
    static ModelTemplate of(Path file, boolean plainAllowed) throws IOException {
        try (GgufFile gguf = GgufFile.open(file)) {
            String source = gguf.metadata().string(KEY).orElse(null);
            if (source == null && !plainAllowed) {
                throw new IOException("the model " + Quoted.name(file.toString()) + " has no chat template (" + KEY
                        + "); name one with --template");
            }
            Vocabulary vocabulary = Vocabulary.of(gguf.metadata());
            Map<String, String> tokens = new LinkedHashMap<>();
            put("bos_token", vocabulary.bos(), vocabulary, tokens);
            put("eos_token", vocabulary.eos(), vocabulary, tokens);
            put("unk_token", vocabulary.unknown(), vocabulary, tokens);
            put("pad_token", vocabulary.padding(), vocabulary, tokens);
            return new ModelTemplate(source, tokens);
        }
    }

    private static void put(String name, OptionalInt id, Vocabulary vocabulary, Map<String, String> tokens) {
        id.ifPresent(token -> tokens.put(name, vocabulary.piece(token)));
    }
}
