package dev.lockstep.train.prepared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Corpus;
import dev.lockstep.train.data.CorpusException;
import dev.lockstep.train.data.FolderSource;
import dev.lockstep.train.data.Texts;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedCorpusTest {
    @TempDir
    private static Path source;

    private static PreparedCorpus corpus;

    @TempDir
    private Path folder;

    @BeforeAll
    static void prepare() throws IOException {
        for (int i = 0; i < 40; i++) {
            Files.writeString(source.resolve("P" + i + ".java"), Texts.LICENCE + Texts.program(i, 40));
        }
        corpus = prepared(2);
    }

    private static PreparedCorpus prepared(int threads) throws IOException {
        return PreparedCorpus.of(
                new FolderSource(source), new TokenizerTrainer(500, "gpt-2", threads), Progress.SILENT);
    }

    private static int[] tokens(TokenStream stream) {
        int[] tokens = new int[stream.length()];
        stream.copy(0, tokens);
        return tokens;
    }

    private static Map<String, String> files(Path folder) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> list = Files.list(folder)) {
            list.forEach(file -> files.put(file.getFileName().toString(), content(file)));
        }
        return files;
    }

    private static String content(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void isTheCorpusAsTokens() throws IOException {
        Corpus text = Corpus.of(new FolderSource(source), 1, Progress.SILENT);
        Tokenizer tokenizer = corpus.vocabulary().tokenizer();
        assertThat(corpus.fingerprint()).isEqualTo(text.fingerprint());
        assertThat(corpus.report()).isEqualTo(text.report().lines());
        assertThat(tokens(corpus.training()))
                .isEqualTo(tokens(TokenStream.of(text.training(), tokenizer, 1, Progress.SILENT)));
        assertThat(tokens(corpus.heldOut()))
                .isEqualTo(tokens(TokenStream.of(text.heldOut(), tokenizer, 1, Progress.SILENT)));
    }

    @Test
    void comesBackFromItsFolder() throws IOException {
        Path deep = folder.resolve("a/b");
        corpus.write(deep);
        PreparedCorpus read = PreparedCorpus.read(deep);
        assertThat(read.fingerprint()).isEqualTo(corpus.fingerprint());
        assertThat(read.report()).isEqualTo(corpus.report());
        assertThat(tokens(read.training())).isEqualTo(tokens(corpus.training()));
        assertThat(tokens(read.heldOut())).isEqualTo(tokens(corpus.heldOut()));
        assertThat(read.training().textBytes()).isEqualTo(corpus.training().textBytes());
        assertThat(read.vocabulary().pre()).isEqualTo("gpt-2");
        String text = Texts.program(99, 50);
        assertThat(read.vocabulary().tokenizer().encode(text, false))
                .isEqualTo(corpus.vocabulary().tokenizer().encode(text, false));
    }

    @Test
    void isTheSameToTheByteWithAnyNumberOfThreadsAndWhenWrittenAgain() throws IOException {
        Path one = folder.resolve("1");
        Path three = folder.resolve("3");
        Path again = folder.resolve("again");
        prepared(1).write(one);
        prepared(3).write(three);
        PreparedCorpus.read(one).write(again);
        assertThat(files(one))
                .containsOnlyKeys("corpus.txt", "tokenizer.gguf", "training.tokens", "held-out.tokens")
                .isEqualTo(files(three))
                .isEqualTo(files(again));
    }

    @Test
    void takesThePlaceOfAnother() throws IOException {
        PreparedCorpus.of(new FolderSource(source), new TokenizerTrainer(300, "gpt-2", 1), Progress.SILENT)
                .write(folder);
        corpus.write(folder);
        assertThat(PreparedCorpus.read(folder).vocabulary().size()).isEqualTo(500);
    }

    @Test
    void everyFileMustBeThereAndUnchanged() throws IOException {
        for (String name : List.of("tokenizer.gguf", "training.tokens", "held-out.tokens", "corpus.txt")) {
            Path file = folder.resolve(name);
            corpus.write(folder);
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
            assertRefused(file.toString());
            corpus.write(folder);
            Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
            assertRefused(file.toString());
            corpus.write(folder);
            Files.delete(file);
            assertRefused(name.equals("corpus.txt") ? folder + ": there is no prepared corpus here" : file.toString());
        }
    }

    private void assertRefused(String start) {
        assertThatThrownBy(() -> PreparedCorpus.read(folder))
                .isInstanceOf(CorpusException.class)
                .hasMessageStartingWith(start)
                .hasMessageEndingWith(".");
    }

    @Test
    void noHalfOfItCanBeRead() throws IOException {
        corpus.write(folder);
        Files.delete(folder.resolve("training.tokens"));
        Files.createDirectory(folder.resolve("training.tokens.unfinished"));
        assertThatThrownBy(() -> corpus.write(folder)).isInstanceOf(IOException.class);
        assertRefused(folder + ": there is no prepared corpus here (corpus.txt is missing).");
    }

    @Test
    void refusesPartsOfDifferentVocabularies() throws IOException {
        PreparedCorpus other =
                PreparedCorpus.of(new FolderSource(source), new TokenizerTrainer(300, "gpt-2", 1), Progress.SILENT);
        assertThatThrownBy(() ->
                        new PreparedCorpus("", List.of(), corpus.vocabulary(), corpus.training(), other.heldOut()))
                .hasMessage("tokens of a vocabulary of 300, but this vocabulary has 500");
    }
}
