package dev.lockstep.train.evaluate;

import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.CorpusException;
import dev.lockstep.train.data.CorpusSource;
import dev.lockstep.train.data.Document;
import dev.lockstep.train.data.FolderSource;
import dev.lockstep.train.data.JdkSource;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.prepared.PreparedCorpus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Text to measure models with, as text: every model cuts it into tokens of its own.
 *
 * @param name which text it is, for people
 * @param documents in ascending order of their paths
 */
public record HeldOut(String name, List<Document> documents) {
    /** Copies the list. */
    public HeldOut {
        documents = List.copyOf(documents);
    }

    /**
     * The modules of the running JDK that training never sees.
     *
     * @throws CorpusException if this JDK has no sources
     * @throws IOException if they cannot be read
     */
    public static HeldOut ofRunningJdk(Progress progress) throws IOException {
        CorpusSource source = new JdkSource(JdkSource.ofRunningJdk().archive(), JdkSource.HELD_OUT_MODULES);
        String modules = JdkSource.HELD_OUT_MODULES.stream().sorted().collect(Collectors.joining(", "));
        return new HeldOut(
                "modules " + modules + " of the sources of JDK " + Runtime.version(),
                source.read(progress).heldOut());
    }

    /**
     * What is held out of a folder: of a prepared corpus the documents that it names, of text one file in 100.
     *
     * @throws CorpusException if there is no usable text
     * @throws IOException if a file cannot be read
     */
    public static HeldOut of(Path folder, Progress progress) throws IOException {
        if (!PreparedCorpus.isIn(folder)) {
            return new HeldOut(
                    "the held-out files of " + folder,
                    new FolderSource(folder).read(progress).heldOut());
        }
        PreparedCorpus corpus = PreparedCorpus.read(folder);
        Tokenizer tokenizer = corpus.vocabulary().tokenizer();
        TokenStream stream = corpus.heldOut();
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < stream.documents(); i++) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (int at = stream.start(i); at < stream.start(i + 1); at++) {
                text.writeBytes(tokenizer.bytes(stream.token(at)));
            }
            documents.add(Document.of("document " + i, text.toByteArray()));
        }
        return new HeldOut("the held-out text of the prepared corpus " + folder, documents);
    }

    /**
     * Whole files.
     *
     * @throws CorpusException if one is not UTF-8 or too long
     * @throws IOException if one cannot be read
     */
    public static HeldOut ofFiles(List<Path> files) throws IOException {
        List<Document> documents = new ArrayList<>();
        for (Path file : files) {
            if (Files.size(file) > CorpusSource.FILE_BYTES_MAX) {
                throw new CorpusException(
                        file + ": " + Files.size(file) + " bytes, allowed are " + CorpusSource.FILE_BYTES_MAX + ".");
            }
            byte[] text = Files.readAllBytes(file);
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            } catch (CharacterCodingException e) {
                throw new CorpusException(file + ": this is not UTF-8 text.", e);
            }
            documents.add(Document.of(file.toString(), text));
        }
        return new HeldOut(files.size() == 1 ? files.getFirst().toString() : files.size() + " files", documents);
    }

    /** Bytes of all documents. */
    public long bytes() {
        return documents.stream().mapToLong(document -> document.text().length).sum();
    }
}
