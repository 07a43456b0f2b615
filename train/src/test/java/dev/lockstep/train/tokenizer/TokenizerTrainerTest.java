package dev.lockstep.train.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.text.TokenKind;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Document;
import dev.lockstep.train.data.Texts;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTrainerTest {
    private static Document document(String text) {
        return Document.of("file.txt", text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Document> programs(int count) {
        List<Document> programs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            programs.add(document(Texts.program(i, 50) + "// größer als €5 \uD83D\uDE80\n"));
        }
        return programs;
    }

    private static TrainedVocabulary train(int size, String pre, int threads, List<Document> documents) {
        return new TokenizerTrainer(size, pre, threads).train(documents, Progress.SILENT);
    }

    private static List<Long> merges(TrainedVocabulary vocabulary) {
        List<Long> merges = new ArrayList<>();
        for (int rank = 0; rank < vocabulary.merges(); rank++) {
            merges.add(PairTable.pair(vocabulary.left(rank), vocabulary.right(rank)));
        }
        return merges;
    }

    @Test
    void dependsOnTheTextsAlone() {
        List<Document> programs = programs(40);
        List<Long> merges = merges(train(500, "qwen2", 1, programs));
        assertThat(merges).hasSize(500 - 259);
        for (int threads : new int[] {2, 5}) {
            Collections.shuffle(programs, new Random(threads));
            assertThat(merges(train(500, "qwen2", threads, programs))).isEqualTo(merges);
        }
        assertThat(merges(train(400, "qwen2", 1, programs))).isEqualTo(merges.subList(0, 400 - 259));
    }

    @ParameterizedTest
    @MethodSource("dev.lockstep.train.Seeds#all")
    void theEngineEncodesAsTheMergesSay(long seed) {
        Random random = new Random(seed);
        for (String pre : new String[] {"qwen2", "gpt-2", "gpt-4o", "superbpe"}) {
            TrainedVocabulary vocabulary = train(600, pre, 1, programs(20));
            Tokenizer tokenizer = vocabulary.tokenizer();
            ReferenceEncoder reference = new ReferenceEncoder(vocabulary);
            for (int i = 0; i < 40; i++) {
                String text = randomText(random);
                int[] ids = tokenizer.encode(text, false);
                assertThat(ids).as("%s: %s", pre, text).isEqualTo(reference.encode(text));
                assertThat(decoded(tokenizer, ids)).isEqualTo(text);
            }
        }
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> text.append(Texts.program(random.nextInt(100), 2));
                case 1 -> text.append(" ".repeat(random.nextInt(40))).append('\n');
                case 2 -> text.appendCodePoint(random.nextInt(0xD800));
                default ->
                    text.appendCodePoint(0x10000 + random.nextInt(0x10000)).append("é\0\uFFFD");
            }
        }
        return text.toString();
    }

    private static String decoded(Tokenizer tokenizer, int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            bytes.writeBytes(tokenizer.bytes(id));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void everyByteIsAToken() {
        Tokenizer tokenizer = train(259, "qwen2", 1, List.of()).tokenizer();
        assertThat(tokenizer.vocabulary().size()).isEqualTo(259);
        for (int value = 0; value < 256; value++) {
            assertThat(tokenizer.bytes(value)).containsExactly(value);
        }
        assertThat(tokenizer.encode("aé", false)).containsExactly('a', 0xC3, 0xA9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "superbpe"})
    void noTextBecomesAControlToken(String pre) {
        String steering = "<|bos|> <|eos|> <|mask|> <|bos|><|eos|></s><|endoftext|> <eos> [EOS]\n";
        TrainedVocabulary vocabulary = train(8192, pre, 1, List.of(document(steering.repeat(50))));
        Tokenizer tokenizer = vocabulary.tokenizer();
        int[] ids = tokenizer.encode(steering + steering.trim(), false);
        assertThat(Arrays.stream(ids)).allMatch(id -> id < vocabulary.size() - 3);
        assertThat(decoded(tokenizer, ids)).isEqualTo(steering + steering.trim());
        assertThat(tokenizer.encode("<|bos|>x<|mask|>", true))
                .containsExactly(vocabulary.id(ControlToken.BOS), 'x', vocabulary.id(ControlToken.MASK));
        for (int id = 0; id < vocabulary.size() - 3; id++) {
            assertThat(tokenizer.vocabulary().kind(id))
                    .as(tokenizer.vocabulary().piece(id))
                    .isEqualTo(TokenKind.NORMAL);
        }
    }

    @Test
    void makesFewerTokensOfLittleText() {
        TrainedVocabulary vocabulary = train(8192, "qwen2", 1, List.of(document("abc abc")));
        assertThat(vocabulary.merges()).isEqualTo(2);
        assertThat(vocabulary.size()).isEqualTo(261);
    }

    @Test
    void longWordsAreNotLearntFrom() {
        assertThat(train(300, "qwen2", 1, List.of(document("x".repeat(256)))).merges())
                .isPositive();
        assertThat(train(300, "qwen2", 1, List.of(document("x".repeat(257)))).merges())
                .isZero();
        assertThat(train(300, "qwen2", 1, List.of(document("é".repeat(129)))).merges())
                .isZero();
    }

    @Test
    void canBeEnded() {
        TokenizerTrainer trainer = new TokenizerTrainer(1000, "qwen2", 2);
        assertThatThrownBy(() -> trainer.train(programs(10), (phase, done, total) -> {
                    if (phase.equals("learning merges") && done == 10) {
                        assertThat(total).isEqualTo(1000 - 259);
                        throw new CancellationException("enough");
                    }
                }))
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> new TokenizerTrainer(258, "qwen2", 1))
                .hasMessage("vocabulary size: 258, allowed are 259 to 65536");
        assertThatThrownBy(() -> new TokenizerTrainer(65_537, "qwen2", 1))
                .hasMessage("vocabulary size: 65537, allowed are 259 to 65536");
        assertThatThrownBy(() -> new TokenizerTrainer(8192, "qwen", 1))
                .hasMessageStartingWith("pre-tokenizer: \"qwen\", known are default, llama-bpe, ");
    }
}
