package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lockstep.format.UnusableModelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts that a program writes around users' texts, and tokens shown as text. */
class ChatTextTest {
    private static Vocabularies chat() {
        return Vocabularies.bytePair("gpt-2")
                .add("<|end|>", TokenKind.CONTROL)
                .add("<|user|>", TokenKind.USER_DEFINED)
                .add("<|", TokenKind.CONTROL);
    }

    private static List<TextSpan> span(String text, String literal) {
        return List.of(new TextSpan(text.indexOf(literal), text.indexOf(literal) + literal.length()));
    }

    @Test
    void controlTokensInLiteralTextAreText() throws UnusableModelException {
        Vocabularies made = chat();
        Tokenizer tokenizer = made.tokenizer();
        int end = made.id("<|end|>");
        String text = "<|end|>a<|end|><|end|>";
        String user = "a<|end|>";
        int[] plain = tokenizer.encode(user, false);
        assertThat(plain).doesNotContain(end).hasSize(8);
        int[] all = tokenizer.encode(text, span(text, user));
        assertThat(all).hasSize(10).startsWith(end).endsWith(end).containsSubsequence(plain);
        assertThat(tokenizer.encode(text, List.of())).isEqualTo(tokenizer.encode(text, true));
        assertThat(tokenizer.encode(text, List.of(new TextSpan(0, text.length()))))
                .isEqualTo(tokenizer.encode(text, false));
    }

    @Test
    void aControlTokenThatReachesIntoLiteralTextIsText() throws UnusableModelException {
        Vocabularies made = chat();
        Tokenizer tokenizer = made.tokenizer();
        String text = "<|end|>";
        for (int start = 0; start < text.length(); start++) {
            for (int end = start + 1; end <= text.length(); end++) {
                int[] found = tokenizer.encode(text, List.of(new TextSpan(start, end)));
                assertThat(found).doesNotContain(made.id("<|end|>"));
                // What stands before it may still be a shorter token.
                assertThat(found[0] == made.id("<|")).isEqualTo(start >= 2);
            }
        }
        assertThat(tokenizer.encode(text, List.of(new TextSpan(3, 3)))).containsExactly(made.id("<|end|>"));
    }

    @Test
    void userDefinedTokensAreFoundEverywhere() throws UnusableModelException {
        Vocabularies made = chat();
        String text = "<|user|>";
        assertThat(made.tokenizer().encode(text, List.of(new TextSpan(0, 8)))).containsExactly(made.id(text));
    }

    @Test
    void aSentencePieceVocabularyDoesTheSame() throws UnusableModelException {
        Vocabularies made = Vocabularies.sentencePiece().add("▁").add("a");
        Tokenizer tokenizer = made.tokenizer();
        String text = "<s>a</s></s>";
        int[] found = tokenizer.encode(text, span(text, "a</s>"));
        assertThat(found).startsWith(1).endsWith(2);
        assertThat(tokenizer.decode(found, false)).isEqualTo(" a</s>");
        assertThat(tokenizer.decode(found, true)).isEqualTo("<s> a</s></s>");
    }

    /** By definition: a token of random text is a control token only where nothing of it is literal. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void noControlTokenTouchesLiteralText(long seed) throws UnusableModelException {
        Random random = new Random(seed);
        Tokenizer tokenizer = chat().tokenizer();
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            List<TextSpan> literal = new ArrayList<>();
            for (int part = 0; part < 6; part++) {
                int start = text.length();
                text.append(new String[] {"<|end|>", "<|", "end|>", "x", "<|user|>", ""}[random.nextInt(6)]);
                if (random.nextBoolean()) {
                    literal.add(new TextSpan(start, text.length()));
                }
            }
            int[] found = tokenizer.encode(text.toString(), literal);
            assertThat(tokenizer.decode(found, true))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(text.toString());
            int at = 0;
            for (int token : found) {
                int end = at + tokenizer.text(token).length();
                if (tokenizer.vocabulary().kind(token) == TokenKind.CONTROL) {
                    for (TextSpan span : literal) {
                        assertThat(Math.max(at, span.start()) < Math.min(end, span.end()))
                                .as("seed %d, text '%s', literal %s: control token at %d", seed, text, literal, at)
                                .isFalse();
                    }
                }
                at = end;
            }
        }
    }

    @Test
    void stretchesThatAreNoneAreRefused() throws UnusableModelException {
        Tokenizer tokenizer = chat().tokenizer();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.encode("abc", List.of(new TextSpan(1, 4))))
                .withMessage("a stretch from 1 to 4 of a text of 3 UTF-16 units");
        assertThatIllegalArgumentException().isThrownBy(() -> new TextSpan(2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new TextSpan(-1, 1));
    }

    @Test
    void tokensByThemselvesAndTogether() throws UnusableModelException {
        Vocabularies made = chat().add("\u010a", TokenKind.UNUSED);
        Tokenizer tokenizer = made.tokenizer();
        assertThat(tokenizer.text('a')).isEqualTo("a");
        assertThat(tokenizer.text(0xC3)).isEqualTo("\uFFFD");
        assertThat(tokenizer.text(made.id("<|end|>"))).isEqualTo("<|end|>");
        int[] tokens = {'a', 0xC3, 0xA9, made.id("<|end|>"), 'b'};
        assertThat(tokenizer.decode(tokens, false)).isEqualTo("aéb");
        assertThat(tokenizer.decode(tokens, true)).isEqualTo("aé<|end|>b");
        assertThat(tokenizer.decode(new int[0], true)).isEmpty();
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> tokenizer.decode(new int[] {100_000}, false));
        byte[] any = new byte[256];
        new Random(7).nextBytes(any);
        int[] bytes = new int[256];
        for (int i = 0; i < 256; i++) {
            bytes[i] = any[i] & 0xFF;
        }
        assertThat(tokenizer.decode(bytes, false)).isEqualTo(new String(any, StandardCharsets.UTF_8));
    }

    @Test
    void aPromptBeginsAsTheModelWantsIt() throws UnusableModelException {
        Vocabularies plain = Vocabularies.sentencePiece().add("▁").add("a");
        int[] a = plain.tokenizer().encode("a", false);
        for (boolean add : new boolean[] {true, false}) {
            Tokenizer tokenizer = Vocabularies.sentencePiece()
                    .add("▁")
                    .add("a")
                    .with(b -> b.putBool("tokenizer.ggml.add_bos_token", add))
                    .tokenizer();
            int bos = tokenizer.vocabulary().bos().orElseThrow();
            assertThat(tokenizer.vocabulary().addBos()).isEqualTo(add);
            assertThat(tokenizer.text(bos)).isEqualTo("<s>");
            assertThat(tokenizer.text(tokenizer.vocabulary().eos().orElseThrow()))
                    .isEqualTo("</s>");
            int[] prompt = tokenizer.prompt("a", false);
            assertThat(prompt).endsWith(a).hasSize(a.length + (add ? 1 : 0));
            assertThat(prompt[0] == bos).isEqualTo(add);
        }
    }
}
