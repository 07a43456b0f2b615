package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.format.UnusableModelException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounds the work of merging, counted in pairs looked up and heap levels walked, on long texts. */
class LinearWorkTest {
    private static final int LENGTH = 600_000;

    /** A few steps for each of the 20 levels of a heap of this size. */
    private static final long WORK_MAX = 60L * LENGTH;

    @Test
    void sentencePieceMergingIsNotQuadratic() throws UnusableModelException {
        Vocabularies made = Vocabularies.sentencePiece().add("▁").add("a").add("b");
        for (int length = 2; length <= 64; length *= 2) {
            made.add("a".repeat(length), -length).add("▁".repeat(length), length);
        }
        made.add("ab", 3).add("ba", 3).add("aba", 2).add("bab", 2);
        SentencePieceTokenizer tokenizer = (SentencePieceTokenizer) made.tokenizer();
        for (String text :
                new String[] {"a".repeat(LENGTH), " ".repeat(LENGTH), "\n".repeat(LENGTH), randomText("ab", 1)}) {
            PairMerger merger = tokenizer.merger();
            int[] ids = tokenizer.encode(text, false, merger);
            assertThat(ids).isNotEmpty();
            assertThat(merger.work()).as("text of \"%s\"", text.substring(0, 5)).isLessThan(WORK_MAX);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "llama-bpe", "default"})
    void bytePairMergingIsNotQuadratic(String pre) throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair(pre);
        for (String unit : new String[] {"a", "Ġ", "Ċ"}) {
            for (int length = 1; length <= 32; length *= 2) {
                made.mergeToToken(unit.repeat(length), unit.repeat(length));
            }
        }
        made.mergeToToken("a", "b")
                .mergeToToken("b", "a")
                .mergeToToken("ab", "a")
                .mergeToToken("b", "b");
        BytePairTokenizer tokenizer = (BytePairTokenizer) made.tokenizer();
        for (String text :
                new String[] {"a".repeat(LENGTH), " ".repeat(LENGTH), "\n".repeat(LENGTH), randomText("ab", 2)}) {
            PairMerger merger = tokenizer.merger();
            int[] ids = tokenizer.encode(text, false, merger);
            assertThat(ids).hasSizeLessThan(LENGTH);
            assertThat(merger.work()).as("text of \"%s\"", text.substring(0, 5)).isLessThan(WORK_MAX);
        }
    }

    @Test
    void findingSpecialTokensTakesLongRunsInTheirStride() throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("gpt-2");
        for (int length = 1; length <= 31; length++) {
            made.add("\n".repeat(length), TokenKind.USER_DEFINED);
        }
        made.add("a".repeat(4000) + "b", TokenKind.USER_DEFINED);
        Tokenizer tokenizer = made.tokenizer();
        int[] lines = tokenizer.encode("\n".repeat(LENGTH), false);
        assertThat(lines).hasSize(LENGTH / 31 + 1);
        assertThat(lines[lines.length - 1]).isEqualTo(256 + LENGTH % 31 - 1);
        assertThat(tokenizer.encode("a".repeat(LENGTH), false)).hasSize(LENGTH);
    }

    private static String randomText(String characters, long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            text.append(characters.charAt(random.nextInt(characters.length())));
        }
        return text.toString();
    }
}
