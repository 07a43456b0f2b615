package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.format.UnusableModelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentencePieceTokenizerTest {
    private static final int FIRST_BYTE = 3;

    @Test
    void mergesTheHighestScoreFirst() throws UnusableModelException {
        Vocabularies made = Vocabularies.sentencePiece()
                .add("▁", -9)
                .add("a", -9)
                .add("b", -9)
                .add("c", -9)
                .add("ab", -2)
                .add("bc", -1)
                .add("▁a", -3);
        assertThat(made.tokenizer().encode("abc", false)).containsExactly(made.id("▁a"), made.id("bc"));
    }

    @Test
    void mergesTheLeftmostOfEqualScoresAlsoOfZeroAndMinusZero() throws UnusableModelException {
        for (float score : new float[] {-1, 0}) {
            Vocabularies made = Vocabularies.sentencePiece()
                    .add("a", -9)
                    .add("b", -9)
                    .add("aa", score)
                    .add("ab", -score)
                    .with(b -> b.putBool("tokenizer.ggml.add_space_prefix", false));
            if (score == 0) {
                assertThat(made.tokenizer().encode("aab", false)).containsExactly(made.id("aa"), made.id("b"));
            } else {
                assertThat(made.tokenizer().encode("aab", false)).containsExactly(made.id("a"), made.id("ab"));
            }
        }
    }

    @Test
    void writesWhatIsNoTokenAsBytes() throws UnusableModelException {
        Vocabularies made = Vocabularies.sentencePiece().add("▁").add("a");
        assertThat(made.tokenizer().encode("a€\u0000", false))
                .containsExactly(
                        made.id("▁"),
                        made.id("a"),
                        FIRST_BYTE + 0xE2,
                        FIRST_BYTE + 0x82,
                        FIRST_BYTE + 0xAC,
                        FIRST_BYTE);
    }

    @Test
    void mergesCharactersThatAreTokensOnlyTogether() throws UnusableModelException {
        Vocabularies made = Vocabularies.sentencePiece().add("▁").add("日本");
        assertThat(made.tokenizer().encode("日本日", false))
                .containsExactly(made.id("▁"), made.id("日本"), FIRST_BYTE + 0xE6, FIRST_BYTE + 0x97, FIRST_BYTE + 0xA5);
    }

    @Test
    void withoutByteTokensWritesUnknownOrNothing() throws UnusableModelException {
        Vocabularies named = Vocabularies.sentencePieceWithoutBytes().add("▁").add("a");
        assertThat(named.tokenizer().encode("aé", false)).containsExactly(3, 4, 0, 0);
        Vocabularies none = Vocabularies.sentencePieceWithoutBytes()
                .add("▁")
                .add("a")
                .with(b -> b.putUint32("tokenizer.ggml.unknown_token_id", 0xFFFF_FFFFL));
        assertThat(none.vocabulary().unknown()).as("falls back to the default").hasValue(0);
    }

    @Test
    void putsASpaceBeforeTextAtTheStartAndAfterSpecialTokens() throws UnusableModelException {
        Vocabularies made =
                Vocabularies.sentencePiece().add("▁").add("a").add("▁a", 1).add("<user>", TokenKind.USER_DEFINED);
        Tokenizer tokenizer = made.tokenizer();
        int spaced = made.id("▁a");
        int user = made.id("<user>");
        assertThat(tokenizer.encode("aa", false)).containsExactly(spaced, made.id("a"));
        assertThat(tokenizer.encode("a<user>a<s>a", true)).containsExactly(spaced, user, spaced, 1, spaced);
        assertThat(tokenizer.encode("<s>", true)).containsExactly(1);
        made.with(b -> b.putBool("tokenizer.ggml.add_space_prefix", false));
        assertThat(made.tokenizer().encode("a<user>a", true)).containsExactly(made.id("a"), user, made.id("a"));
    }

    @Test
    void plainTextIsNeverAControlToken() throws UnusableModelException {
        Vocabularies made = Vocabularies.sentencePiece()
                .add("▁", -9)
                .add("<", -9)
                .add("s", -9)
                .add(">", -9)
                .add("<s", -1)
                .add("/", -1);
        Tokenizer tokenizer = made.tokenizer();
        assertThat(tokenizer.encode("<s>", false)).containsExactly(made.id("▁"), made.id("<s"), made.id(">"));
        assertThat(tokenizer.encode("<s>", true)).containsExactly(1);
    }

    @Test
    void acceptsAnyString() throws UnusableModelException {
        Tokenizer tokenizer = Vocabularies.sentencePiece().add("▁").add("a").tokenizer();
        assertThat(tokenizer.encode("", true)).isEmpty();
        assertThat(tokenizer.encode("a\uD800a\uDC00", false))
                .containsExactly(tokenizer.encode("a\uFFFDa\uFFFD", false));
        assertThatThrownBy(() -> tokenizer.bytes(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tokenizer.bytes(261)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void agreesWithMergingThePlainWay(long seed) throws UnusableModelException {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            Vocabularies made = randomVocabulary(random);
            Tokenizer tokenizer = made.tokenizer();
            for (int i = 0; i < 40; i++) {
                String text = randomString(random, 1 + random.nextInt(120));
                assertThat(tokenizer.encode(text, false))
                        .as("seed %d, round %d, text \"%s\", pieces %s", seed, round, text, made.pieces())
                        .containsExactly(mergedPlainly(tokenizer.vocabulary(), text));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9})
    void decodesToTheSameTextWithASpaceBefore(long seed) throws UnusableModelException {
        Random random = new Random(seed);
        Tokenizer tokenizer = randomVocabulary(random).tokenizer();
        for (int round = 0; round < 300; round++) {
            String text = RandomText.of(random, 300);
            String decoded = GoldenTokenizerTest.decoded(tokenizer, tokenizer.encode(text, false));
            assertThat(decoded)
                    .as("seed %d, round %d, text \"%s\"", seed, round, text)
                    .isEqualTo(" " + Utf8.wellFormed(text).replace('▁', ' '));
        }
    }

    private static Vocabularies randomVocabulary(Random random) {
        Vocabularies made = Vocabularies.sentencePiece().add("▁", -3);
        for (int count = 5 + random.nextInt(60); count > 0; count--) {
            String piece = randomString(random, 1 + random.nextInt(6)).replace(' ', '▁');
            TokenKind kind = random.nextInt(10) == 0 ? TokenKind.CONTROL : TokenKind.NORMAL;
            if (made.id(piece) < 0) {
                made.add(piece, random.nextInt(4) - 2, kind);
            }
        }
        return made;
    }

    private static String randomString(Random random, int length) {
        String[] characters = {" ", "a", "b", "c", "é", "😀", "a", "b"};
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(characters[random.nextInt(characters.length)]);
        }
        return text.toString();
    }

    /** The definition, word for word: all the text at once, the best pair by looking at all of them. */
    private static int[] mergedPlainly(Vocabulary vocabulary, String text) {
        List<String> symbols = new ArrayList<>();
        ("▁" + text.replace(' ', '▁')).codePoints().forEach(c -> symbols.add(Character.toString(c)));
        while (true) {
            int best = -1;
            float bestScore = 0;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                OptionalInt id = textToken(vocabulary, symbols.get(i) + symbols.get(i + 1));
                if (id.isPresent() && (best < 0 || vocabulary.score(id.getAsInt()) > bestScore)) {
                    best = i;
                    bestScore = vocabulary.score(id.getAsInt());
                }
            }
            if (best < 0) {
                break;
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
        List<Integer> ids = new ArrayList<>();
        for (String symbol : symbols) {
            OptionalInt id = textToken(vocabulary, symbol);
            if (id.isPresent()) {
                ids.add(id.getAsInt());
            } else {
                for (byte value : symbol.getBytes(StandardCharsets.UTF_8)) {
                    ids.add(FIRST_BYTE + (value & 0xFF));
                }
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private static OptionalInt textToken(Vocabulary vocabulary, String piece) {
        OptionalInt id = vocabulary.id(piece);
        return id.isPresent() && vocabulary.kind(id.getAsInt()).isText() ? id : OptionalInt.empty();
    }
}
