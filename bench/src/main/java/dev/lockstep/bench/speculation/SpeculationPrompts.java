package dev.lockstep.bench.speculation;

import dev.lockstep.bench.EndlessText;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Request;
import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.text.TokenKind;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.text.Vocabulary;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** What experiments with guesses ask. */
public final class SpeculationPrompts {
    private static final String RESOURCE = "prompts.txt";
    private static final String BETWEEN = "\n----\n";

    /** Fewest tokens of a prompt that is cut because the context is short. */
    private static final int PROMPT_MIN = 4;

    private SpeculationPrompts() {}

    /** Beginnings of Java files that come along; written for this, and in no model's training text. */
    public static List<String> shipped() throws IOException {
        try (InputStream in = SpeculationPrompts.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new FileNotFoundException(RESOURCE + " is not in this build");
            }
            return List.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).split(BETWEEN, -1));
        }
    }

    /** Pieces of a text, one every so many characters, of up to {@code length} characters each. */
    public static List<String> pieces(String text, int count, int length) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a text of 0 characters to cut prompts from, at least 1 is needed");
        }
        List<String> pieces = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) i * Math.max(0, text.length() - length) / count);
            pieces.add(text.substring(from, Math.min(text.length(), from + length)));
        }
        return pieces;
    }

    /** Texts that hold a file twice, the second time only its first line: to go on is to copy it, as when code is edited. */
    public static List<String> edits(List<String> files) {
        return files.stream()
                .map(file -> file + "\n\n" + file.substring(0, Math.max(1, file.indexOf('\n') + 1)))
                .toList();
    }

    /**
     * Requests that go on with texts, as many tokens as asked and no fewer. If the context is too short for a prompt, its end
     * is what stays.
     *
     * @param count how many; texts are taken in turn, with other seeds
     * @throws IllegalArgumentException if the context has no room for so many tokens and a prompt
     */
    public static List<Request> requests(
            Engine engine, List<String> texts, int count, int tokens, float temperature, long seed) {
        int room = room(engine, tokens);
        return IntStream.range(0, count)
                .mapToObj(i -> prompt(engine.tokenizer(), texts.get(i % texts.size()), room))
                .map(prompt -> Request.ofTokens(prompt).maxTokens(tokens))
                .map(sampling(engine, temperature, seed))
                .toList();
    }

    /** Requests that go on with random tokens, as many tokens as asked and no fewer. */
    public static List<Request> random(
            Engine engine, int count, int promptTokens, int tokens, float temperature, long seed) {
        Vocabulary vocabulary = engine.tokenizer().vocabulary();
        int[] ordinary = IntStream.range(0, vocabulary.size())
                .filter(id -> vocabulary.kind(id) == TokenKind.NORMAL && !vocabulary.isEndOfGeneration(id))
                .toArray();
        Random random = new Random(seed);
        int length = Math.min(promptTokens, room(engine, tokens));
        return IntStream.range(0, count)
                .mapToObj(_ -> random.ints(length, 0, ordinary.length)
                        .map(i -> ordinary[i])
                        .toArray())
                .map(prompt -> Request.ofTokens(prompt).maxTokens(tokens))
                .map(sampling(engine, temperature, seed))
                .toList();
    }

    /** Tokens that are left for a prompt. */
    private static int room(Engine engine, int tokens) {
        int room = engine.contextLength() - tokens;
        if (room < PROMPT_MIN) {
            throw new IllegalArgumentException(tokens + " tokens and a prompt in a context of " + engine.contextLength()
                    + ", allowed are at most " + (engine.contextLength() - PROMPT_MIN));
        }
        return room;
    }

    /** Gives each request a seed of its own. */
    private static UnaryOperator<Request> sampling(Engine engine, float temperature, long seed) {
        SamplingParameters sampling =
                EndlessText.sampling(engine.tokenizer().vocabulary()).withTemperature(temperature);
        AtomicLong next = new AtomicLong(seed);
        return request -> request.sampling(sampling.withSeed(next.getAndIncrement()));
    }

    private static int[] prompt(Tokenizer tokenizer, String text, int room) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        int[] front = vocabulary.addBos() ? vocabulary.bos().stream().toArray() : new int[0];
        int[] tokens = tokenizer.encode(text, false);
        int kept = Math.min(tokens.length, room - front.length);
        int[] prompt = Arrays.copyOf(front, front.length + kept);
        System.arraycopy(tokens, tokens.length - kept, prompt, front.length, kept);
        return prompt;
    }
}
