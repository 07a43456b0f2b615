package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PreTokenizersTest {
    private static final String[] RUNS = {
        "a",
        "A",
        "é",
        "中",
        " ",
        "\n",
        "\t",
        "\r\n",
        " \n",
        "7",
        "٣",
        "'",
        "!",
        "~",
        "\u0301",
        "\u0000",
        "\u3000",
        "😀",
        "aA",
        "Aa",
        "a ",
        " a",
        "A'",
        "a7",
        "<sentinel:",
        "IMGIMGA",
        "1a",
        " 7",
        "\u00A0 ",
        "a\u0301"
    };

    /** Words are separated by {@code ¦}; {@code ¶} is a newline, {@code →} a tab. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '\u0001',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "gpt-2;I¦'ll¦ say¦ HE¦'¦LL¦:¦  ¦ 1234¦ x¦¶¦y¦ ¶ ",
                "llama-bpe;I¦'LL¦ say¦:¶¶¦  ¦ ¦123¦4¦ x¦ ¶¦y¦(z¦→¦→¦5",
                "qwen2;I¦'LL¦ say¦:¶¶¦  ¦ ¦1¦2¦3¦4¦ x¦ ¶¦y¦(z",
                "smollm;x¦ ¦1¦2¦ y¦'s",
                "default;a¦   ¦(¦b¦)¦ ¦123¦4¦ c",
                "falcon;a¦ ¦`¦b¦ ¦123¦4",
                "qwen35;e\u0301té¦ \u0301x¦1",
                "seed-coder;a¦ !¦¶¦b",
                "bailingmoe;'s¦a¦1¦2¦ ?¶¶¦b",
                "exaone-moe;the red fox¦ ¦1¦ is¦!/¦ a¦ ¦ b",
                "minicpm5;x¦ ¦123¦4",
                "laguna;a¦  ¦¶¶¦ b",
                "ufakzeka;I¦'ll¦ go",
                "tekken;Hello¦World¦ HTTPServer¦ Éa¦1¦2",
                "gpt-4o;Hello¦World's¦ HTTPServer¦123¦4¦ /¶/",
                "granite-embed-multi-97m;Abc\u0301¦Def¦123¦4",
                "deepseek-llm;a¦ b¦!¦ ?¦¶¦中文¦123¦ ¦\u0661¦  ",
                "deepseek-coder;a¦ b¦!¦ ?¦¶¦中文¦1¦2¦3",
                "deepseek-v3;a¦ b¦!¦ ?¶¦中文字¦123¦4¦.foo",
                "kimi-k2;中文¦ abcDef's¦123¦4",
                "superbpe;ab ¦1¦234¦567¦ c",
                "afmoe;ab¦ ¦1¦234¦567¦ c",
                "tiny_aya;ab¦ ¦1¦234¦567¦ c's",
                "youtu;한국¦中文¦、。¦ Ab's¦1¦2",
                "jais-2;a¦    ¦  ¦ b¦¶",
                "viking;a¦ b¦ ¦1¦2¦.¦c",
                "poro-chat;a¦ b12¦.¦c",
                "chameleon;a¦<¦sentinel¦:¦1¦2¦>¦b¦IMGIMGABZ¦  ¦c¦1¦!"
            })
    void cutsTextLikeTheModelsThatNameIt(String name, String words) {
        String readable = words.replace("¶", "\n").replace("→", "\t");
        String text = readable.replace("¦", "");
        assertThat(words(name, text)).isEqualTo(Arrays.asList(readable.split("¦")));
    }

    static List<String> oneNameOfEachKind() {
        HashSet<String> kinds = new HashSet<>();
        return PreTokenizers.names().stream()
                .filter(name -> kinds.add(
                        PreTokenizers.named(name).orElseThrow().splitters().toString()))
                .toList();
    }

    @Test
    void namesAreDistinct() {
        assertThat(PreTokenizers.names()).doesNotHaveDuplicates().contains("default", "gpt-2", "llama-bpe", "qwen2");
        assertThat(PreTokenizers.named("nonsense")).isEmpty();
        assertThat(PreTokenizers.named("")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("oneNameOfEachKind")
    void wordsAreNotEmptyAndCoverTheText(String name) {
        long seed = name.hashCode();
        Random random = new Random(seed);
        PreTokenizer preTokenizer = PreTokenizers.named(name).orElseThrow();
        for (int round = 0; round < 200; round++) {
            String text = Utf8.wellFormed(RandomText.of(random, 200));
            int start = text.offsetByCodePoints(0, random.nextInt(2));
            IntSequence words = preTokenizer.words(text, start, text.length());
            int previous = start;
            for (int i = 0; i < words.size(); i++) {
                assertThat(words.get(i)).as("seed %d, round %d", seed, round).isGreaterThan(previous);
                previous = words.get(i);
            }
            assertThat(previous).as("seed %d, round %d", seed, round).isEqualTo(text.length());
        }
    }

    /** Counts how often a character is looked at. */
    @ParameterizedTest
    @MethodSource("oneNameOfEachKind")
    void workIsLinearInTheTextWhateverItIs(String name) {
        PreTokenizer preTokenizer = PreTokenizers.named(name).orElseThrow();
        int length = 8_000;
        for (String run : RUNS) {
            for (String end : new String[] {"", "x", "\n"}) {
                String half = run.repeat(length / 2 / run.length());
                long shortWork = work(preTokenizer, half + end);
                long longWork = work(preTokenizer, half + half + end);
                assertThat(longWork)
                        .as("looks at \"%s\" repeated, then \"%s\"; half as long: %d", run, end, shortWork)
                        .isLessThan(2 * shortWork + shortWork / 5 + 8_000)
                        .isLessThan(40L * length);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("oneNameOfEachKind")
    void noTextNeedsMuchStack(String name) throws InterruptedException {
        PreTokenizer preTokenizer = PreTokenizers.named(name).orElseThrow();
        AtomicReference<Throwable> broken = new AtomicReference<>();
        Runnable cutAll = () -> {
            for (String run : RUNS) {
                String text = run.repeat(20_000 / run.length());
                preTokenizer.words(text, 0, text.length());
            }
        };
        Thread thread = new Thread(null, cutAll, "small stack", 200_000);
        thread.setUncaughtExceptionHandler((t, e) -> broken.set(e));
        thread.start();
        thread.join();
        assertThat(broken.get()).isNull();
    }

    private static long work(PreTokenizer preTokenizer, String text) {
        Counting counting = new Counting(text);
        preTokenizer.words(counting, 0, text.length());
        return counting.looks;
    }

    private static List<String> words(String name, String text) {
        IntSequence ends = PreTokenizers.named(name).orElseThrow().words(text, 0, text.length());
        List<String> words = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < ends.size(); i++) {
            words.add(text.substring(start, ends.get(i)));
            start = ends.get(i);
        }
        return words;
    }

    private static final class Counting implements CharSequence {
        private final String text;
        private long looks;

        Counting(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            looks++;
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }
    }
}
