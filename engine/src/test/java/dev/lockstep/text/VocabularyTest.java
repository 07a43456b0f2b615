package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.GgufMetadataBuilder;
import dev.lockstep.format.UnusableModelException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VocabularyTest {
    @Test
    void tellsPiecesKindsScoresAndRoles() throws UnusableModelException {
        Vocabulary vocabulary = Vocabularies.sentencePieceWithoutBytes()
                .add("a", -1.5f)
                .add("b", TokenKind.UNUSED)
                .add("a", -2.5f)
                .with(b -> b.putUint32("tokenizer.ggml.padding_token_id", 4))
                .with(b -> b.putUint32("tokenizer.ggml.eot_token_id", 3))
                .with(b -> b.putBool("tokenizer.ggml.add_eos_token", true))
                .vocabulary();
        assertThat(vocabulary.size()).isEqualTo(6);
        assertThat(vocabulary.piece(3)).isEqualTo("a");
        assertThat(vocabulary.score(3)).isEqualTo(-1.5f);
        assertThat(vocabulary.kind(4)).isEqualTo(TokenKind.UNUSED);
        assertThat(vocabulary.id("a")).as("the lower of two").hasValue(3);
        assertThat(vocabulary.id("c")).isEmpty();
        assertThat(vocabulary.bos()).as("where SentencePiece puts it").hasValue(1);
        assertThat(vocabulary.eos()).hasValue(2);
        assertThat(vocabulary.unknown()).hasValue(0);
        assertThat(vocabulary.padding()).hasValue(4);
        assertThat(vocabulary.eot()).hasValue(3);
        assertThat(vocabulary.eom()).isEmpty();
        assertThat(vocabulary.addBos()).isTrue();
        assertThat(vocabulary.addEos()).isTrue();
        assertThat(vocabulary.endOfGeneration()).containsExactly(2, 3);
        assertThatThrownBy(() -> vocabulary.piece(6)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void hasNoRolesByDefaultWhereTheTokensAreOfOtherKinds() throws UnusableModelException {
        Vocabulary vocabulary = Vocabularies.bytePair("gpt-2").vocabulary();
        assertThat(vocabulary.bos()).isEmpty();
        assertThat(vocabulary.eos()).isEmpty();
        assertThat(vocabulary.unknown()).isEmpty();
        assertThat(vocabulary.endOfGeneration()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"gpt-2,false", "llama-bpe,true", "qwen2,false", "tekken,true", "default,false", "'',false"})
    void addsBosToBytePairVocabulariesByPreTokenizer(String pre, boolean addBos) throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair(pre);
        assertThat(made.vocabulary().addBos()).isEqualTo(addBos);
        made.with(b -> b.putBool("tokenizer.ggml.add_bos_token", !addBos));
        assertThat(made.vocabulary().addBos()).isEqualTo(!addBos);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>", "<｜end▁of▁sentence｜>", "[EOT]"})
    void knowsTokensThatEndATurnAndHidesThem(String piece) throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("gpt-2").add("x").add(piece);
        Tokenizer tokenizer = made.tokenizer();
        Vocabulary vocabulary = tokenizer.vocabulary();
        int id = made.id(piece);
        assertThat(vocabulary.isEndOfGeneration(id)).isTrue();
        assertThat(vocabulary.isEndOfGeneration(id - 1)).isFalse();
        assertThat(vocabulary.eot()).hasValue(id);
        assertThat(vocabulary.kind(id)).isEqualTo(TokenKind.CONTROL);
        assertThat(tokenizer.bytes(id)).isEmpty();
        assertThat(tokenizer.encode(piece, false)).as("typed by a user").doesNotContain(id);
    }

    @Test
    void knowsThatAPartOfAnAnswerDoesNotEndIt() throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("gpt-4o").add("<|end|>", TokenKind.CONTROL);
        int end = made.id("<|end|>");
        assertThat(made.vocabulary().endOfGeneration()).containsExactly(end);
        made.add("<|return|>", TokenKind.CONTROL).add("<|call|>", TokenKind.CONTROL);
        made.with(b -> b.putUint32("tokenizer.ggml.eos_token_id", end + 1));
        assertThat(made.vocabulary().endOfGeneration()).containsExactly(end + 1, end + 2);
    }

    @Test
    void endsWithTheSeparatorsOfCodeModels() throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("qwen2")
                .add("<|fim_prefix|>", TokenKind.USER_DEFINED)
                .add("<|fim_pad|>", TokenKind.USER_DEFINED)
                .add("<|file_sep|>", TokenKind.USER_DEFINED);
        Vocabulary vocabulary = made.vocabulary();
        assertThat(vocabulary.endOfGeneration()).containsExactly(257, 258);
        assertThat(vocabulary.kind(256)).isEqualTo(TokenKind.CONTROL);
    }

    @Test
    void refusesWhatCannotBeRight() {
        Vocabularies good = Vocabularies.sentencePiece().add("a");
        refuses(good, "model", b -> {}, "key \"tokenizer.ggml.model\" is missing, and every vocabulary needs it");
        refuses(
                good,
                "model",
                b -> b.putString("tokenizer.ggml.model", "t5"),
                "key \"tokenizer.ggml.model\" is \"t5\", must be one of \"llama\" and \"gpt2\"");
        refuses(good, "tokens", b -> {}, "key \"tokenizer.ggml.tokens\" is missing, and every vocabulary needs it");
        refuses(
                good,
                "tokens",
                b -> b.putStrings("tokenizer.ggml.tokens"),
                "key \"tokenizer.ggml.tokens\" has no elements, must have at least 1");
        refuses(
                good,
                "tokens",
                b -> b.putStrings("tokenizer.ggml.tokens", "a", "x".repeat(4097)),
                "key \"tokenizer.ggml.tokens\" has a token 1 of 4097 characters, the limit is 4096");
        refuses(
                good,
                "scores",
                b -> {},
                "key \"tokenizer.ggml.scores\" is missing, and a vocabulary that merges by score needs it");
        refuses(
                good,
                "scores",
                b -> b.putFloat32s("tokenizer.ggml.scores", 1),
                "key \"tokenizer.ggml.scores\" has 1 elements, must have 260, one for each token");
        float[] scores = new float[260];
        scores[7] = Float.NaN;
        refuses(
                good,
                "scores",
                b -> b.putFloat32s("tokenizer.ggml.scores", scores),
                "key \"tokenizer.ggml.scores\" is not a number for token 7");
    }

    @Test
    void refusesKindsAndIdsOutOfRange() {
        Vocabularies good = Vocabularies.sentencePiece().add("a");
        int[] kinds = new int[260];
        Arrays.fill(kinds, 1);
        kinds[5] = 7;
        refuses(
                good,
                "token_type",
                b -> b.putInt32s("tokenizer.ggml.token_type", kinds),
                "key \"tokenizer.ggml.token_type\" is 7 for token 5, must be from 1 to 6");
        int[] bytes = new int[260];
        Arrays.fill(bytes, 6);
        refuses(
                good,
                "token_type",
                b -> b.putInt32s("tokenizer.ggml.token_type", bytes),
                "key \"tokenizer.ggml.token_type\" says that token 0, \"<unk>\", is a byte, but it is not written as"
                        + " <0x00> to <0xFF>");
        for (String key : new String[] {"bos", "eos", "eot", "eom", "unknown", "padding", "fim_pad"}) {
            refuses(
                    good,
                    key + "_token_id",
                    b -> b.putUint32("tokenizer.ggml." + key + "_token_id", 260),
                    "key \"tokenizer.ggml." + key + "_token_id\" is 260, must be from 0 to 259");
        }
        refuses(
                good,
                "bos_token_id",
                b -> b.putString("tokenizer.ggml.bos_token_id", "1"),
                "key \"tokenizer.ggml.bos_token_id\" is of type string, must be an integer");
    }

    @Test
    void refusesMergesAndPreTokenizersThatItDoesNotUnderstand() {
        Vocabularies good = Vocabularies.bytePair("gpt-2").mergeToToken("a", "b");
        refuses(
                good,
                "merges",
                b -> {},
                "key \"tokenizer.ggml.merges\" is missing, and a byte-pair vocabulary needs it");
        for (String merge : new String[] {"", " ", "ab", "ab ", " b"}) {
            refuses(
                    good,
                    "merges",
                    b -> b.putStrings("tokenizer.ggml.merges", "a b", merge),
                    "key \"tokenizer.ggml.merges\" has \"" + merge
                            + "\" as element 1, must be two pieces with a space between");
        }
        refuses(
                good,
                "merges",
                b -> b.putStrings("tokenizer.ggml.merges", "a " + "b".repeat(4096)),
                "key \"tokenizer.ggml.merges\" has 4097 characters in element 0, the limit is 4096");
        assertThatThrownBy(() -> Vocabularies.bytePair("nonsense").tokenizer())
                .isInstanceOf(UnusableModelException.class)
                .hasMessageStartingWith(
                        "test: key \"tokenizer.ggml.pre\" is \"nonsense\", must be one of default, llama-bpe, ");
    }

    private static void refuses(Vocabularies good, String without, Consumer<GgufMetadataBuilder> keys, String message) {
        GgufMetadata metadata = Vocabularies.changed(good.metadata(), "tokenizer.ggml." + without, keys);
        assertThatThrownBy(() -> Tokenizer.of(metadata))
                .isInstanceOf(UnusableModelException.class)
                .hasMessage("test: " + message);
    }
}
