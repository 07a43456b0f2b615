package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.format.GgufMetadataBuilder;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.text.SyntheticVocabulary;
import dev.lockstep.text.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text from tokens, over a made-up vocabulary whose ids from 3 on are the 256 bytes, and words after them. */
class TextAssemblerTest {
    static final int FIRST_BYTE = 3;
    private static final String[] PARTS = {"a", "b", "ab", "é", "€", "😀", "\n", " "};

    static final Tokenizer TOKENIZER = tokenizer();

    private static Tokenizer tokenizer() {
        SyntheticVocabulary vocabulary = SyntheticVocabulary.ofSize(600);
        try {
            return Tokenizer.of(new GgufMetadataBuilder()
                    .putString("tokenizer.ggml.model", "llama")
                    .putStrings("tokenizer.ggml.tokens", vocabulary.pieces())
                    .putFloat32s("tokenizer.ggml.scores", vocabulary.scores())
                    .putInt32s("tokenizer.ggml.token_type", vocabulary.kinds())
                    .build("test"));
        } catch (UnusableModelException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aCharacterComesWhenItIsComplete() {
        assertThat(pieces("€x", List.of())).containsExactly("", "", "€", "x", "");
    }

    @Test
    void whatMayBecomeAStopStringIsHeldBackUntilItCannot() {
        assertThat(pieces("xabaz", List.of("abb"))).containsExactly("x", "", "", "ab", "az", "");
        assertThat(pieces("xab", List.of("abb"))).containsExactly("x", "", "", "ab");
    }

    @Test
    void nothingComesFromAStopStringOn() {
        assertThat(pieces("xabby", List.of("abb"))).containsExactly("x", "", "", "", "", "");
        assertThat(pieces("éa", List.of("é"))).containsExactly("", "", "", "");
    }

    @Test
    void halfACharacterAtTheEndIsReplaced() {
        TextAssembler assembler = new TextAssembler(TOKENIZER, List.of());
        assertThat(assembler.append(FIRST_BYTE + 0xF0)).isEmpty();
        assertThat(assembler.append(FIRST_BYTE + 0x9F)).isEmpty();
        assertThat(assembler.finish()).isEqualTo("\uFFFD");
    }

    /** The texts of the tokens, one byte each, and of the end. */
    private static List<String> pieces(String text, List<String> stops) {
        TextAssembler assembler = new TextAssembler(TOKENIZER, stops);
        List<String> pieces = new ArrayList<>();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            pieces.add(assembler.append(FIRST_BYTE + (b & 0xFF)));
        }
        pieces.add(assembler.finish());
        return pieces;
    }

    /** All texts together are the bytes before the first stop string, decoded; each comes as early as it can. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void textIsWhatTheBytesSayAsSoonAsItIsCertain(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 1_500; round++) {
            List<String> stops = new ArrayList<>();
            for (int count = random.nextInt(4); count > 0; count--) {
                stops.add(text(random, 1 + random.nextInt(3)));
            }
            int[] tokens = tokens(random);
            check(
                    tokens,
                    stops,
                    String.format(
                            "seed %d, round %d, tokens %s, stops %s", seed, round, Arrays.toString(tokens), stops));
        }
    }

    private static void check(int[] tokens, List<String> stops, String what) {
        TextAssembler assembler = new TextAssembler(TOKENIZER, stops);
        ByteArrayOutputStream fed = new ByteArrayOutputStream();
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            fed.writeBytes(TOKENIZER.bytes(token));
            text.append(assembler.append(token));
            int certain = certainBytes(fed.toByteArray(), stops);
            String sure = new String(fed.toByteArray(), 0, certain, StandardCharsets.UTF_8);
            // At most one character may be incomplete at the end of what is certain.
            assertThat(sure).as(what).startsWith(text.toString());
            assertThat(sure.length() - text.length()).as(what).isLessThanOrEqualTo(1);
        }
        text.append(assembler.finish());
        assertThat(text.toString()).as(what).isEqualTo(wholeText(fed.toByteArray(), stops));
    }

    private static String wholeText(byte[] bytes, List<String> stops) {
        int end = firstStop(bytes, stops);
        return new String(bytes, 0, end < 0 ? bytes.length : end, StandardCharsets.UTF_8);
    }

    /** Bytes before the first stop string, or before what may yet become one. */
    private static int certainBytes(byte[] bytes, List<String> stops) {
        int start = firstStop(bytes, stops);
        if (start >= 0) {
            return start;
        }
        for (int from = 0; from < bytes.length; from++) {
            int at = from;
            if (stops.stream()
                    .anyMatch(stop -> new String(bytes(stop), StandardCharsets.ISO_8859_1)
                            .startsWith(new String(bytes, at, bytes.length - at, StandardCharsets.ISO_8859_1)))) {
                return from;
            }
        }
        return bytes.length;
    }

    /** Where the stop string that is completed first begins, or −1. */
    private static int firstStop(byte[] bytes, List<String> stops) {
        for (int end = 1; end <= bytes.length; end++) {
            for (int from = 0; from < end; from++) {
                if (stops.contains(new String(bytes, from, end - from, StandardCharsets.UTF_8))) {
                    return from;
                }
            }
        }
        return -1;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Whole words, bytes of characters and, rarely, bytes that are no character. */
    private static int[] tokens(Random random) {
        List<Integer> tokens = new ArrayList<>();
        for (int count = random.nextInt(10); count > 0; count--) {
            switch (random.nextInt(12)) {
                case 0 -> tokens.add(FIRST_BYTE + random.nextInt(256));
                case 1 -> tokens.add(1);
                case 2 -> tokens.add(300 + random.nextInt(300));
                default -> {
                    for (byte b : bytes(text(random, 1))) {
                        tokens.add(FIRST_BYTE + (b & 0xFF));
                    }
                }
            }
        }
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private static String text(Random random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            text.append(PARTS[random.nextInt(PARTS.length)]);
        }
        return text.toString();
    }
}
