package dev.lockstep.bench.serve;

import dev.lockstep.bench.serve.Draws.Purpose;
import dev.lockstep.text.TokenKind;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.text.Vocabulary;
import java.util.stream.IntStream;

/** Where the tokens of prompts come from. Every prompt has the beginning-of-text token in front if the model wants it. */
public final class PromptSource {
    /** Token ids to draw from, or a text to cut from. */
    private final int[] tokens;

    private final boolean text;
    private final int[] front;

    private PromptSource(int[] tokens, boolean text, Vocabulary vocabulary) {
        this.tokens = tokens;
        this.text = text;
        this.front = vocabulary.addBos() ? vocabulary.bos().stream().toArray() : new int[0];
    }

    /**
     * Prompts of random tokens, each of the vocabulary's ordinary ones as likely as the others.
     *
     * @throws IllegalArgumentException if the vocabulary has no ordinary token
     */
    public static PromptSource random(Vocabulary vocabulary) {
        int[] ordinary = IntStream.range(0, vocabulary.size())
                .filter(id -> vocabulary.kind(id) == TokenKind.NORMAL && !vocabulary.isEndOfGeneration(id))
                .toArray();
        if (ordinary.length == 0) {
            throw new IllegalArgumentException("a vocabulary without ordinary tokens, of which prompts are made");
        }
        return new PromptSource(ordinary, false, vocabulary);
    }

    /**
     * Prompts that are pieces of a text, cut at random places between tokens; the text goes on at its beginning after its
     * end.
     *
     * @throws IllegalArgumentException if the text has no tokens
     */
    public static PromptSource cutFrom(String text, Tokenizer tokenizer) {
        int[] tokens = tokenizer.encode(text, false);
        if (tokens.length == 0) {
            throw new IllegalArgumentException("a text of 0 tokens to cut prompts from, at least 1 is needed");
        }
        return new PromptSource(tokens, true, tokenizer.vocabulary());
    }

    /** Tokens in front of every prompt, 0 or 1. */
    int frontTokens() {
        return front.length;
    }

    /**
     * A prompt: the front, {@code shared} tokens that are the same for every item, {@code own} tokens of this item's.
     */
    int[] prompt(Draws draws, int item, int shared, int own) {
        int[] prompt = new int[front.length + shared + own];
        System.arraycopy(front, 0, prompt, 0, front.length);
        fill(prompt, front.length, shared, draws, Purpose.SHARED_TOKEN, 0);
        fill(prompt, front.length + shared, own, draws, Purpose.TOKEN, item);
        return prompt;
    }

    private void fill(int[] prompt, int from, int count, Draws draws, Purpose purpose, int item) {
        int start = text ? draws.below(tokens.length, purpose, item, 0) : 0;
        for (int i = 0; i < count; i++) {
            int at = text ? (int) ((start + (long) i) % tokens.length) : draws.below(tokens.length, purpose, item, i);
            prompt[from + i] = tokens[at];
        }
    }
}
