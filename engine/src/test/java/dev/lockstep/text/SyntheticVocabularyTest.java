package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.format.GgufMetadataBuilder;
import dev.lockstep.format.UnusableModelException;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticVocabularyTest {
    @ParameterizedTest
    @ValueSource(ints = {260, 261, 300, 354, 355, 512, 32_000, 151_936})
    void makesATokenizerOfAnySize(int size) throws UnusableModelException {
        SyntheticVocabulary made = SyntheticVocabulary.ofSize(size);
        assertThat(new HashSet<>(Arrays.asList(made.pieces()))).hasSize(size);
        Tokenizer tokenizer = tokenizer(made);
        assertThat(tokenizer.vocabulary().size()).isEqualTo(size);
        assertThat(tokenizer.vocabulary().bos()).hasValue(SyntheticVocabulary.BOS);
        assertThat(tokenizer.vocabulary().isEndOfGeneration(SyntheticVocabulary.EOS))
                .isTrue();
        for (String text : new String[] {"baba dada", "Zażółć 😀\n\u0000"}) {
            int[] ids = tokenizer.encode(text, false);
            assertThat(ids).doesNotContain(SyntheticVocabulary.UNKNOWN);
            assertThat(GoldenTokenizerTest.decoded(tokenizer, ids)).isEqualTo(" " + text);
        }
    }

    @Test
    void everyWordIsOneToken() throws UnusableModelException {
        SyntheticVocabulary made = SyntheticVocabulary.ofSize(32_000);
        Tokenizer tokenizer = tokenizer(made);
        for (int id = SyntheticVocabulary.SIZE_MIN; id < made.pieces().length; id++) {
            String piece = made.pieces()[id];
            if (piece.length() > 1) {
                assertThat(tokenizer.encode(piece.substring(1), false))
                        .as(piece)
                        .containsExactly(id);
            }
        }
    }

    @Test
    void aSmallerOneIsTheStartOfALargerOne() {
        SyntheticVocabulary large = SyntheticVocabulary.ofSize(5_000);
        SyntheticVocabulary small = SyntheticVocabulary.ofSize(1_234);
        assertThat(Arrays.copyOf(large.pieces(), 1_234)).containsExactly(small.pieces());
        assertThat(Arrays.copyOf(large.scores(), 1_234)).containsExactly(small.scores());
    }

    @Test
    void refusesOtherSizes() {
        assertThatThrownBy(() -> SyntheticVocabulary.ofSize(259))
                .hasMessage("a vocabulary of size 259, must be from 260 to 1048576");
        assertThatThrownBy(() -> SyntheticVocabulary.ofSize(1_048_577)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Tokenizer tokenizer(SyntheticVocabulary made) throws UnusableModelException {
        return Tokenizer.of(new GgufMetadataBuilder()
                .putString("tokenizer.ggml.model", "llama")
                .putStrings("tokenizer.ggml.tokens", made.pieces())
                .putFloat32s("tokenizer.ggml.scores", made.scores())
                .putInt32s("tokenizer.ggml.token_type", made.kinds())
                .build("synthetic"));
    }
}
