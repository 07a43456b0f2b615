package dev.lockstep.train.data;

import dev.lockstep.train.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Text to learn from and text to measure with, which share no passage. Both lists are in ascending order of their paths.
 *
 * <p>The same files give the same corpus, whatever the machine, the threads, the order of an archive or the locale.
 *
 * @param training the documents to learn from, cleaned; most of them without their licence
 * @param heldOut the documents to measure with: whole files, as they were found
 * @param report what was dropped and why
 */
public record Corpus(List<Document> training, List<Document> heldOut, CorpusReport report) {
    /** Copies the lists. */
    public Corpus {
        training = List.copyOf(training);
        heldOut = List.copyOf(heldOut);
    }

    /**
     * Reads a source and cleans it.
     *
     * @param threads 1 or more; changes time only
     * @throws CorpusException if the source has no usable text, or too much
     * @throws IOException if a file cannot be read
     */
    public static Corpus of(CorpusSource source, int threads, Progress progress) throws IOException {
        return new CorpusBuilder(threads, progress).build(source.read(progress));
    }

    /** The training documents' sizes by module, in the order of the modules' names. */
    public SortedMap<String, Tally> modules() {
        SortedMap<String, Tally> modules = new TreeMap<>();
        for (Document document : training) {
            modules.merge(document.module(), new Tally(1, document.text().length), Tally::plus);
        }
        return modules;
    }

    /**
     * SHA-256 over all paths and texts in order, as hexadecimal digits: two runs with the same fingerprint learn from
     * and measure with the same bytes.
     */
    public String fingerprint() {
        MessageDigest digest = Sha256.digest();
        for (List<Document> part : List.of(training, heldOut)) {
            for (Document document : part) {
                String head = document.path() + '\0' + document.text().length + '\0';
                digest.update(head.getBytes(StandardCharsets.UTF_8));
                digest.update(document.text());
            }
            digest.update((byte) '\n');
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
