package dev.lockstep.train.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.GgufMetadataBuilder;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.text.TokenKind;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.text.Vocabulary;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Document;
import dev.lockstep.train.data.Texts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainedVocabularyTest {
    private static final String TEXT = Texts.program(1, 200);

    private static TrainedVocabulary vocabulary() {
        Document document = Document.of("a/A.java", TEXT.getBytes(StandardCharsets.UTF_8));
        return new TokenizerTrainer(400, "gpt-2", 1).train(List.of(document), Progress.SILENT);
    }

    @Test
    void comesBackFromAModelFile(@TempDir Path folder) throws IOException {
        TrainedVocabulary vocabulary = vocabulary();
        Path file = folder.resolve("model.gguf");
        GgufWriter writer = new GgufWriter().putString("general.architecture", "llama");
        vocabulary.putInto(writer);
        writer.write(file);
        try (GgufFile read = GgufFile.open(file)) {
            Tokenizer tokenizer = Tokenizer.of(read.metadata());
            assertThat(tokenizer.encode(TEXT, false))
                    .isEqualTo(vocabulary.tokenizer().encode(TEXT, false))
                    .hasSizeLessThan(TEXT.length() / 2);
            assertThat(read.metadata().integer("tokenizer.ggml.mask_token_id")).hasValue(399);
            assertThat(read.metadata().string("tokenizer.ggml.pre")).hasValue("gpt-2");
        }
    }

    @Test
    void isReadBackToTheLastKey() throws IOException {
        TrainedVocabulary vocabulary = vocabulary();
        GgufMetadata written = metadata(vocabulary);
        TrainedVocabulary read = TrainedVocabulary.of(written);
        assertThat(metadata(read).entries()).isEqualTo(written.entries());
        assertThat(read.merges()).isEqualTo(vocabulary.merges());
        assertThat(read.tokenizer().encode(TEXT, false))
                .isEqualTo(vocabulary.tokenizer().encode(TEXT, false));
    }

    private static GgufMetadata metadata(TrainedVocabulary vocabulary) {
        GgufMetadataBuilder metadata = new GgufMetadataBuilder();
        vocabulary.putInto(metadata);
        return metadata.build("a test");
    }

    @Test
    void isNotReadFromOtherVocabularies() throws IOException {
        GgufMetadata written = metadata(vocabulary());
        String[] pieces = written.strings("tokenizer.ggml.tokens").orElseThrow();
        String[] merges = written.strings("tokenizer.ggml.merges").orElseThrow();
        refuses("tokenizer.ggml.tokens", "gpt-2", new String[0], merges);
        refuses("tokenizer.ggml.tokens", "gpt-2", Arrays.copyOf(pieces, pieces.length - 1), merges);
        refuses("tokenizer.ggml.pre", "gpt-3", pieces, merges);
        for (String pair : new String[] {"", "ab", "a  b", "a unknown", pieces[399] + " a", pieces[300] + " a"}) {
            String[] wrong = merges.clone();
            wrong[0] = pair;
            refuses("tokenizer.ggml.merges", "gpt-2", pieces, wrong);
        }
        String[] swapped = pieces.clone();
        swapped[396] = pieces[395];
        swapped[395] = pieces[396];
        refuses("tokenizer.ggml.", "gpt-2", swapped, merges);
        String[] renamed = pieces.clone();
        renamed[399] = "<|other|>";
        refuses("tokenizer.ggml.tokens", "gpt-2", renamed, merges);
    }

    private static void refuses(String key, String pre, String[] pieces, String[] merges) {
        GgufMetadata metadata = new GgufMetadataBuilder()
                .putString("tokenizer.ggml.pre", pre)
                .putStrings("tokenizer.ggml.tokens", pieces)
                .putStrings("tokenizer.ggml.merges", merges)
                .build("a test");
        assertThatThrownBy(() -> TrainedVocabulary.of(metadata))
                .isInstanceOf(UnusableModelException.class)
                .hasMessageStartingWith("a test: key ")
                .hasMessageContaining(key);
    }

    @Test
    void hasItsControlTokensAtTheEnd() {
        Tokenizer tokenizer = vocabulary().tokenizer();
        Vocabulary read = tokenizer.vocabulary();
        assertThat(read.size()).isEqualTo(400);
        assertThat(read.bos()).hasValue(397);
        assertThat(read.eos()).hasValue(398);
        assertThat(read.id("<|mask|>")).hasValue(399);
        assertThat(read.endOfGeneration()).containsExactly(398);
        assertThat(read.addBos()).isTrue();
        assertThat(read.addEos()).isFalse();
        for (int id = 397; id < 400; id++) {
            assertThat(read.kind(id)).isEqualTo(TokenKind.CONTROL);
            assertThat(tokenizer.bytes(id)).isEmpty();
        }
    }

    @Test
    void numbersMergesInTheirOrder() {
        TrainedVocabulary vocabulary = vocabulary();
        Tokenizer tokenizer = vocabulary.tokenizer();
        for (int rank = 0; rank < vocabulary.merges(); rank++) {
            byte[] left = tokenizer.bytes(vocabulary.left(rank));
            byte[] right = tokenizer.bytes(vocabulary.right(rank));
            assertThat(tokenizer.bytes(256 + rank)).startsWith(left).endsWith(right);
            assertThat(tokenizer.bytes(256 + rank)).hasSize(left.length + right.length);
        }
    }
}
