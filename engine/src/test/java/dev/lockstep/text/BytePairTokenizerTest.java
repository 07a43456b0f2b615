package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.format.UnusableModelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytePairTokenizerTest {
    @Test
    void mergesInTheOrderOfTheListLeftmostFirst() throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("gpt-2")
                .mergeToToken("b", "c")
                .mergeToToken("a", "a")
                .mergeToToken("a", "b")
                .mergeToToken("aa", "bc");
        Tokenizer tokenizer = made.tokenizer();
        assertThat(tokenizer.encode("abc", false)).containsExactly(byteId('a'), made.id("bc"));
        assertThat(tokenizer.encode("aaa", false)).containsExactly(made.id("aa"), byteId('a'));
        assertThat(tokenizer.encode("aabc", false)).containsExactly(made.id("aabc"));
    }

    @Test
    void countsTheFirstOfTwoEqualMerges() throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("gpt-2")
                .mergeToToken("a", "b")
                .mergeToToken("b", "c")
                .merge("a b");
        assertThat(made.tokenizer().encode("abc", false)).containsExactly(made.id("ab"), byteId('c'));
    }

    @Test
    void neverMergesAcrossWords() throws UnusableModelException {
        Vocabularies made =
                Vocabularies.bytePair("gpt-2").mergeToToken("a", "Ġ").mergeToToken("Ġ", "a");
        assertThat(made.tokenizer().encode("a a", false)).containsExactly(byteId('a'), made.id("Ġa"));
    }

    @Test
    void takesAWordThatIsATokenWholeOnlyWhereTheModelDoes() throws UnusableModelException {
        for (String pre : new String[] {"gpt-2", "llama-bpe"}) {
            Vocabularies made = Vocabularies.bytePair(pre)
                    .add("hello")
                    .add("secret", TokenKind.CONTROL)
                    .mergeToToken("h", "e");
            Tokenizer tokenizer = made.tokenizer();
            int[] merged = {made.id("he"), byteId('l'), byteId('l'), byteId('o')};
            assertThat(tokenizer.encode("hello", false))
                    .containsExactly(pre.equals("gpt-2") ? merged : new int[] {made.id("hello")});
            assertThat(tokenizer.encode("secret", false))
                    .as("no control token from text")
                    .hasSize(6);
            assertThat(tokenizer.encode("secret", true)).containsExactly(made.id("secret"));
        }
    }

    @Test
    void writesTheBytesOfAMergeWhoseResultIsNoToken() throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("gpt-2").merge("Ġ a", "b c").mergeToToken("Ġa", "bc");
        Tokenizer tokenizer = made.tokenizer();
        assertThat(tokenizer.encode(" abc", false)).containsExactly(made.id("Ġabc"));
        assertThat(tokenizer.encode("x abx", false))
                .containsExactly(byteId('x'), byteId(' '), byteId('a'), byteId('b'), byteId('x'));
    }

    @Test
    void writesUnknownOrNothingForAByteWithoutAToken() throws UnusableModelException {
        Vocabularies made = Vocabularies.emptyBytePair().add("a").add("<unk>", TokenKind.UNKNOWN);
        assertThat(made.tokenizer().encode("aéa", false)).containsExactly(0, 0);
        made.with(b -> b.putUint32("tokenizer.ggml.unknown_token_id", 1));
        assertThat(made.tokenizer().encode("aéa", false)).containsExactly(0, 1, 1, 0);
    }

    @Test
    void givesTheBytesOfEachKindOfToken() throws UnusableModelException {
        Vocabularies made = Vocabularies.bytePair("gpt-2")
                .add("ĠaĊ")
                .add("<|x|>", TokenKind.CONTROL)
                .add("<unk>", TokenKind.UNKNOWN)
                .add("Ġé", TokenKind.USER_DEFINED)
                .add("▁x日😀")
                .add("<0xF0>", TokenKind.BYTE)
                .add("Ġ", TokenKind.BYTE)
                .add("");
        Tokenizer tokenizer = made.tokenizer();
        String[] texts = {" a\n", "", "", "Ġé", "▁x日😀", null, " ", ""};
        for (int i = 0; i < texts.length; i++) {
            byte[] bytes = texts[i] == null ? new byte[] {(byte) 0xF0} : texts[i].getBytes(StandardCharsets.UTF_8);
            assertThat(tokenizer.bytes(256 + i)).as("token %d", 256 + i).containsExactly(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void agreesWithMergingThePlainWay(long seed) throws UnusableModelException {
        Random random = new Random(seed);
        for (int round = 0; round < 25; round++) {
            List<String> merges = new ArrayList<>();
            Vocabularies made = randomVocabulary(random, "superbpe", merges);
            Tokenizer tokenizer = made.tokenizer();
            for (int i = 0; i < 40; i++) {
                String word = randomWord(random, 1 + random.nextInt(150));
                assertThat(tokenizer.encode(word, false))
                        .as("seed %d, round %d, word \"%s\", merges %s", seed, round, word, merges)
                        .containsExactly(mergedPlainly(made, merges, word));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void decodesToTheSameTextWithEveryPreTokenizer(long seed) throws UnusableModelException {
        Random random = new Random(seed);
        for (String pre : PreTokenizers.names()) {
            Tokenizer tokenizer =
                    randomVocabulary(random, pre, new ArrayList<>()).tokenizer();
            for (int round = 0; round < 40; round++) {
                String text = RandomText.of(random, 300);
                assertThat(GoldenTokenizerTest.decoded(tokenizer, tokenizer.encode(text, false)))
                        .as("seed %d, pre %s, round %d", seed, pre, round)
                        .isEqualTo(Utf8.wellFormed(text));
            }
        }
    }

    private static Vocabularies randomVocabulary(Random random, String pre, List<String> merges) {
        Vocabularies made = Vocabularies.bytePair(pre);
        List<String> pieces = new ArrayList<>(List.of("a", "b", "c", "Ġ", "Ã", "©"));
        for (int count = random.nextInt(40); count > 0; count--) {
            String left = pieces.get(random.nextInt(pieces.size()));
            String right = pieces.get(random.nextInt(pieces.size()));
            if (left.length() + right.length() <= 8) {
                merges.add(left + " " + right);
                made.merge(left + " " + right);
                if (made.id(left + right) < 0) {
                    made.add(left + right);
                    pieces.add(left + right);
                }
            }
        }
        return made;
    }

    private static String randomWord(Random random, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append("abcaé ".charAt(random.nextInt(6)));
        }
        return word.toString();
    }

    /** The definition: the pair of lowest rank, by looking at all of them. A text without digits is one word. */
    private static int[] mergedPlainly(Vocabularies made, List<String> merges, String word) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        for (String merge : merges) {
            ranks.putIfAbsent(merge, ranks.size());
        }
        List<String> symbols = new ArrayList<>();
        for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
            symbols.add(String.valueOf(ByteAlphabet.character(value & 0xFF)));
        }
        while (true) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                int rank = ranks.getOrDefault(symbols.get(i) + " " + symbols.get(i + 1), Integer.MAX_VALUE);
                if (rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                return symbols.stream().mapToInt(made::id).toArray();
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }

    /** The token of a byte in the vocabularies of these tests. */
    private static int byteId(int value) {
        return value;
    }
}
