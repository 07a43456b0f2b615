package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.format.GgufMetadataBuilder;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Progress;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenStreamTest {
    private static final List<Document> DOCUMENTS = documents();
    private static final Tokenizer TOKENIZER = new TokenizerTrainer(500, "qwen2", 1)
            .train(DOCUMENTS, Progress.SILENT)
            .tokenizer();

    private static List<Document> documents() {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            documents.add(Texts.document("a/P" + i + ".java", Texts.program(i, i) + "<|eos|> é"));
        }
        documents.add(Texts.document("a/Empty.txt", ""));
        return documents;
    }

    private static int[] all(TokenStream stream) {
        return IntStream.range(0, stream.length()).map(stream::token).toArray();
    }

    @Test
    void isEachDocumentBetweenItsMarks() {
        TokenStream stream = TokenStream.of(DOCUMENTS, TOKENIZER, 2, Progress.SILENT);
        assertThat(stream.documents()).isEqualTo(DOCUMENTS.size());
        assertThat(stream.start(0)).isZero();
        assertThat(stream.start(DOCUMENTS.size())).isEqualTo(stream.length());
        int bos = TOKENIZER.vocabulary().bos().orElseThrow();
        int eos = TOKENIZER.vocabulary().eos().orElseThrow();
        for (int i = 0; i < DOCUMENTS.size(); i++) {
            int[] tokens = new int[stream.start(i + 1) - stream.start(i)];
            stream.copy(stream.start(i), tokens);
            assertThat(tokens[0]).isEqualTo(bos);
            assertThat(tokens[tokens.length - 1]).isEqualTo(eos);
            assertThat(Arrays.copyOfRange(tokens, 1, tokens.length - 1))
                    .isEqualTo(TOKENIZER.encode(DOCUMENTS.get(i).string(), false))
                    .doesNotContain(bos, eos);
        }
    }

    @Test
    void isTheSameWithAnyNumberOfThreads() {
        int[] one = all(TokenStream.of(DOCUMENTS, TOKENIZER, 1, Progress.SILENT));
        assertThat(all(TokenStream.of(DOCUMENTS, TOKENIZER, 2, Progress.SILENT)))
                .isEqualTo(one);
        assertThat(all(TokenStream.of(DOCUMENTS, TOKENIZER, 7, Progress.SILENT)))
                .isEqualTo(one);
    }

    @Test
    void knowsWhatItMeasures() {
        TokenStream stream = TokenStream.of(DOCUMENTS, TOKENIZER, 1, Progress.SILENT);
        long bytes =
                DOCUMENTS.stream().mapToLong(document -> document.text().length).sum();
        assertThat(stream.textBytes()).isEqualTo(bytes);
        assertThat(stream.vocabularySize()).isEqualTo(500);
        assertThat(stream.bytesPerToken())
                .isEqualTo((double) bytes / (stream.length() - 2 * DOCUMENTS.size()), within(1e-12));
        assertThatThrownBy(() -> stream.copy(stream.length() - 1, new int[2]))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("2 tokens from " + (stream.length() - 1) + " on, there are " + stream.length());
    }

    @Test
    void holdsTheLargestId() {
        String[] pieces = new String[1 << 16];
        Arrays.setAll(pieces, id -> "token" + id);
        pieces[pieces.length - 1] = "a";
        TokenStream stream =
                TokenStream.of(List.of(Texts.document("a", "a")), tokenizer(pieces, 0, 1), 1, Progress.SILENT);
        assertThat(all(stream)).containsExactly(0, (1 << 16) - 1, 1);
    }

    @Test
    void refusesVocabulariesThatDoNotFit() {
        String[] pieces = new String[(1 << 16) + 1];
        Arrays.setAll(pieces, id -> "token" + id);
        Tokenizer large = tokenizer(pieces, 0, 1);
        assertThatThrownBy(() -> TokenStream.of(DOCUMENTS, large, 1, Progress.SILENT))
                .hasMessage("vocabulary size: 65537, the limit is 65536");
        Tokenizer unmarked = tokenizer(new String[] {"a", "b"}, -1, 1);
        assertThatThrownBy(() -> TokenStream.of(DOCUMENTS, unmarked, 1, Progress.SILENT))
                .hasMessage("the vocabulary has no BOS token");
    }

    private static Tokenizer tokenizer(String[] pieces, int bos, int eos) {
        GgufMetadataBuilder metadata = new GgufMetadataBuilder()
                .putString("tokenizer.ggml.model", "gpt2")
                .putString("tokenizer.ggml.pre", "qwen2")
                .putStrings("tokenizer.ggml.tokens", pieces)
                .putStrings("tokenizer.ggml.merges")
                .putUint32("tokenizer.ggml.eos_token_id", eos);
        if (bos >= 0) {
            metadata.putUint32("tokenizer.ggml.bos_token_id", bos);
        }
        try {
            return Tokenizer.of(metadata.build("test"));
        } catch (UnusableModelException e) {
            throw new AssertionError(e);
        }
    }
}
