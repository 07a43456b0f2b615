package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.lockstep.format.GgufMetadataBuilder;
import dev.lockstep.format.GgufType;
import dev.lockstep.format.UnusableModelException;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Broken metadata gives a sentence or a tokenizer that works, and nothing else. */
class VocabularyFuzzTest {
    private static final String[] IDS = {"bos", "eos", "eot", "eom", "unknown", "padding", "fim_pad", "fim_sep"};
    private static final String[] PIECES = {
        "",
        " ",
        "a",
        "b",
        "ab",
        "ba",
        "aab",
        "▁",
        "▁a",
        "▁▁",
        "Ġ",
        "Ġa",
        "é",
        "😀",
        "<0x41>",
        "<0x4",
        "<0xZZ>",
        "<s>",
        "</s>",
        "<unk>",
        "<|im_end|>",
        "<|end|>",
        "<|return|>",
        "<|call|>",
        "\u0000",
        "\uFFFD",
        "\n\n",
        "a b"
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void brokenMetadataIsRefusedOrWorks(long seed) {
        Random random = new Random(seed);
        int usable = 0;
        for (int round = 0; round < 1_500; round++) {
            String where = "seed " + seed + ", round " + round;
            try {
                Tokenizer tokenizer = Tokenizer.of(randomMetadata(random).build("fuzz"));
                usable++;
                for (int i = 0; i < 3; i++) {
                    check(tokenizer, RandomText.of(random, 80), random.nextBoolean(), where);
                }
            } catch (UnusableModelException refused) {
                assertThat(refused.getMessage()).as(where).isNotBlank().doesNotContain("\n");
            } catch (RuntimeException | Error broken) {
                fail(where, broken);
            }
        }
        assertThat(usable).as("seed %d: some of them work", seed).isBetween(50, 1_450);
    }

    private static void check(Tokenizer tokenizer, String text, boolean parseSpecial, String where) {
        int size = tokenizer.vocabulary().size();
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        for (int id : tokenizer.encode(text, parseSpecial)) {
            assertThat(id).as(where).isBetween(0, size - 1);
            detokenizer.append(id);
            tokenizer.vocabulary().isEndOfGeneration(id);
        }
        detokenizer.finish();
    }

    private static GgufMetadataBuilder randomMetadata(Random random) {
        GgufMetadataBuilder metadata = new GgufMetadataBuilder();
        int size = random.nextInt(40) + (random.nextInt(10) == 0 ? 0 : 1);
        String[] models = {"llama", "llama", "llama", "gpt2", "gpt2", "gpt2", "bert"};
        if (random.nextInt(30) > 0) {
            metadata.putString("tokenizer.ggml.model", models[random.nextInt(models.length)]);
        }
        if (random.nextInt(4) > 0) {
            String[] names = PreTokenizers.names().toArray(String[]::new);
            metadata.putString(
                    "tokenizer.ggml.pre", random.nextInt(10) == 0 ? "x" : names[random.nextInt(names.length)]);
        }
        if (random.nextInt(5) == 0) {
            metadata.putString("general.name", "phi3");
        }
        if (random.nextInt(30) > 0) {
            metadata.putStrings("tokenizer.ggml.tokens", strings(random, size, false));
        }
        if (random.nextInt(20) > 0) {
            metadata.putStrings("tokenizer.ggml.merges", strings(random, random.nextInt(30), true));
        }
        putScores(random, metadata, size);
        putKinds(random, metadata, size);
        for (String id : IDS) {
            if (random.nextInt(4) == 0) {
                long value = random.nextInt(40) == 0 ? size + random.nextInt(3) : random.nextInt(Math.max(size, 1));
                metadata.putInteger(
                        "tokenizer.ggml." + id + "_token_id",
                        GgufType.INT64,
                        random.nextInt(60) == 0 ? -random.nextLong(1L << 40) : value);
            }
        }
        return metadata;
    }

    private static String[] strings(Random random, int count, boolean merges) {
        String[] strings = new String[count];
        for (int i = 0; i < count; i++) {
            String piece = PIECES[random.nextInt(PIECES.length)];
            String other = PIECES[random.nextInt(PIECES.length)];
            boolean pair = merges && random.nextInt(100) > 0;
            strings[i] = pair ? nonBlank(piece) + " " + nonBlank(other) : random.nextBoolean() ? piece : piece + other;
        }
        return strings;
    }

    private static String nonBlank(String piece) {
        return piece.isBlank() ? "a" : piece;
    }

    private static void putScores(Random random, GgufMetadataBuilder metadata, int size) {
        if (random.nextInt(20) == 0) {
            return;
        }
        float[] values = {0, -0f, -1, 1, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, Float.MIN_VALUE};
        float[] scores = new float[random.nextInt(20) == 0 ? size + 1 : size];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = random.nextInt(500) == 0 ? Float.NaN : values[random.nextInt(values.length)];
        }
        metadata.putFloat32s("tokenizer.ggml.scores", scores);
    }

    private static void putKinds(Random random, GgufMetadataBuilder metadata, int size) {
        if (random.nextInt(4) == 0) {
            return;
        }
        int[] kinds = new int[random.nextInt(20) == 0 ? Math.max(0, size - 1) : size];
        for (int i = 0; i < kinds.length; i++) {
            kinds[i] = random.nextInt(300) == 0 ? random.nextInt(12) - 3 : 1 + random.nextInt(5);
        }
        metadata.putInt32s("tokenizer.ggml.token_type", kinds);
    }
}
