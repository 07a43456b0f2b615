package dev.lockstep.train.prepared;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Corpus;
import dev.lockstep.train.data.CorpusException;
import dev.lockstep.train.data.CorpusSource;
import dev.lockstep.train.data.TokenFile;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import dev.lockstep.train.tokenizer.TrainedVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a training run starts from: a vocabulary, and the text as tokens. Made once from files, then kept in a folder
 * and read in about a second.
 *
 * <pre>
 * corpus.txt         what is here, with a SHA-256 of each file; written last
 * tokenizer.gguf     the keys tokenizer.ggml.*, no tensors
 * training.tokens    see {@link TokenFile}
 * held-out.tokens    see {@link TokenFile}
 * </pre>
 *
 * <p>The same text and the same settings give the same bytes in every file, whatever the threads.
 *
 * @param fingerprint SHA-256 of the texts, see {@link Corpus#fingerprint}
 * @param report what was read, dropped and kept, as lines for people
 * @param vocabulary what was learnt from the training text
 * @param training the text to learn from
 * @param heldOut the text to measure with
 */
public record PreparedCorpus(
        String fingerprint,
        List<String> report,
        TrainedVocabulary vocabulary,
        TokenStream training,
        TokenStream heldOut) {
    private static final String TOKENIZER = "tokenizer.gguf";
    private static final String TRAINING = "training.tokens";
    private static final String HELD_OUT = "held-out.tokens";
    private static final String UNFINISHED = ".unfinished";

    /** Writes one file. */
    private interface Content {
        void write(Path file) throws IOException;
    }

    /** Checks that all parts speak of one vocabulary; copies the list. */
    public PreparedCorpus {
        report = List.copyOf(report);
        for (TokenStream stream : List.of(training, heldOut)) {
            if (stream.vocabularySize() != vocabulary.size()) {
                throw new IllegalArgumentException("tokens of a vocabulary of " + stream.vocabularySize()
                        + ", but this vocabulary has " + vocabulary.size());
            }
        }
    }

    /**
     * Reads and cleans a source, learns a vocabulary from what is to be learnt from, and encodes both parts with it.
     *
     * @param trainer the vocabulary's size and rules, and the threads for all of the work
     * @throws CorpusException if the source has no usable text, or too much
     * @throws IOException if a file cannot be read
     */
    public static PreparedCorpus of(CorpusSource source, TokenizerTrainer trainer, Progress progress)
            throws IOException {
        Corpus corpus = Corpus.of(source, trainer.threads(), progress);
        TrainedVocabulary vocabulary = trainer.train(corpus.training(), progress);
        Tokenizer tokenizer = vocabulary.tokenizer();
        return new PreparedCorpus(
                corpus.fingerprint(),
                corpus.report().lines(),
                vocabulary,
                TokenStream.of(corpus.training(), tokenizer, trainer.threads(), progress),
                TokenStream.of(corpus.heldOut(), tokenizer, trainer.threads(), progress));
    }

    /**
     * Writes all files; makes the folder if there is none, and takes the place of a corpus that is there. If this is cut
     * off, no half of a corpus can be read.
     *
     * @throws IOException if a file cannot be written
     */
    public void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.deleteIfExists(folder.resolve(CorpusManifest.NAME));
        GgufWriter tokenizer = new GgufWriter();
        vocabulary.putInto(tokenizer);
        List<String> files = new ArrayList<>();
        files.add(write(folder, TOKENIZER, tokenizer::write));
        files.add(write(folder, TRAINING, file -> TokenFile.write(training, file)));
        files.add(write(folder, HELD_OUT, file -> TokenFile.write(heldOut, file)));
        write(folder, CorpusManifest.NAME, new CorpusManifest(fingerprint, files, report)::write);
    }

    private static String write(Path folder, String name, Content content) throws IOException {
        Path unfinished = folder.resolve(name + UNFINISHED);
        Path file = folder.resolve(name);
        content.write(unfinished);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return CorpusManifest.entry(file);
    }

    /** Whether a folder claims to be a prepared corpus. */
    public static boolean isAt(Path folder) {
        return Files.isRegularFile(folder.resolve(CorpusManifest.NAME));
    }

    /**
     * Reads what {@link #write} wrote, and checks every byte of it.
     *
     * @throws CorpusException if there is none, or a file is missing, was changed or is not whole
     * @throws IOException if a file cannot be read
     */
    public static PreparedCorpus read(Path folder) throws IOException {
        CorpusManifest manifest = CorpusManifest.read(folder);
        for (String name : List.of(TOKENIZER, TRAINING, HELD_OUT)) {
            manifest.verify(folder, name);
        }
        try (GgufFile tokenizer = GgufFile.open(folder.resolve(TOKENIZER))) {
            return new PreparedCorpus(
                    manifest.fingerprint(),
                    manifest.report(),
                    TrainedVocabulary.of(tokenizer.metadata()),
                    TokenFile.read(folder.resolve(TRAINING)),
                    TokenFile.read(folder.resolve(HELD_OUT)));
        }
    }
}
