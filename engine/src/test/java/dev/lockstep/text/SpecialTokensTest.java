package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.format.UnusableModelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecialTokensTest {
    @Test
    void findsUserDefinedTokensAlwaysAndOthersOnRequest() throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("gpt-2")
                .add("<|user|>", TokenKind.USER_DEFINED)
                .add("<|end|>", TokenKind.CONTROL)
                .add("<unk>", TokenKind.UNKNOWN);
        Tokenizer tokenizer = made.tokenizer();
        String text = "<|user|>é<|end|><unk>";
        int user = made.id("<|user|>");
        assertThat(tokenizer.encode(text, true)).containsExactly(user, 0xC3, 0xA9, user + 1, user + 2);
        assertThat(tokenizer.encode(text, false))
                .startsWith(user, 0xC3, 0xA9, '<', '|')
                .doesNotContain(user + 1, user + 2);
    }

    @Test
    void dropsWhiteSpaceAfterTheSpecialTokensOfPhi3() throws UnusableModelException {
        Vocabularies made = Vocabularies.sentencePiece()
                .add("▁")
                .add("a")
                .add("<|end|>", TokenKind.CONTROL)
                .add("<|endoftext|>", TokenKind.CONTROL)
                .with(b -> b.putString("general.name", "Tiny Phi-3 model"))
                .with(b -> b.putBool("tokenizer.ggml.add_space_prefix", false));
        int end = made.id("<|end|>");
        assertThat(made.tokenizer().encode("<|end|> \n\ta <|endoftext|> a<|end|> ", true))
                .containsExactly(end, made.id("a"), made.id("▁"), end + 1, made.id("▁"), made.id("a"), end);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void cutsAsOneTokenAfterTheOtherWould(long seed) throws UnusableModelException {
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            Vocabularies made = Vocabularies.sentencePieceWithoutBytes();
            for (int count = 1 + random.nextInt(12); count > 0; count--) {
                String piece = randomString(random, 1 + random.nextInt(6));
                if (made.id(piece) < 0) {
                    made.add(piece, TokenKind.USER_DEFINED);
                }
            }
            Vocabulary vocabulary = made.vocabulary();
            SpecialTokens special = SpecialTokens.of(
                    new TokenizerMetadata(made.metadata()), vocabulary, TokenKind.USER_DEFINED::equals);
            for (int i = 0; i < 20; i++) {
                String text = randomString(random, random.nextInt(60));
                assertThat(shown(special.split(text)))
                        .as("seed %d, round %d, text \"%s\", pieces %s", seed, round, text, made.pieces())
                        .isEqualTo(cutPlainly(vocabulary, text));
            }
        }
    }

    private static String randomString(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("aab<é｜".charAt(random.nextInt(6)));
        }
        return text.toString();
    }

    private static List<String> shown(Fragments fragments) {
        List<String> shown = new ArrayList<>();
        for (int i = 0; i < fragments.count(); i++) {
            shown.add(fragments.id(i) + "@" + fragments.start(i) + "-" + fragments.end(i));
        }
        return shown;
    }

    /** The definition: all occurrences, the longest first and then the leftmost, each unless it overlaps one taken. */
    private static List<String> cutPlainly(Vocabulary vocabulary, String text) {
        record Occurrence(int id, int start, int end, int bytes) {}
        List<Occurrence> all = new ArrayList<>();
        for (int id = 3; id < vocabulary.size(); id++) {
            String piece = vocabulary.piece(id);
            for (int at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, at + 1)) {
                all.add(new Occurrence(id, at, at + piece.length(), piece.getBytes(StandardCharsets.UTF_8).length));
            }
        }
        all.sort(Comparator.comparingInt(Occurrence::bytes).reversed().thenComparingInt(Occurrence::start));
        List<Occurrence> taken = new ArrayList<>();
        for (Occurrence o : all) {
            if (taken.stream().allMatch(t -> o.end() <= t.start() || t.end() <= o.start())) {
                taken.add(o);
            }
        }
        taken.sort(Comparator.comparingInt(Occurrence::start));
        List<String> shown = new ArrayList<>();
        int done = 0;
        for (Occurrence o : taken) {
            if (o.start() > done) {
                shown.add("-1@" + done + "-" + o.start());
            }
            shown.add(o.id() + "@" + o.start() + "-" + o.end());
            done = o.end();
        }
        if (done < text.length()) {
            shown.add("-1@" + done + "-" + text.length());
        }
        return shown;
    }
}
