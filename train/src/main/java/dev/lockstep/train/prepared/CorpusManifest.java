package dev.lockstep.train.prepared;

import dev.lockstep.train.data.CorpusException;
import dev.lockstep.train.data.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What lies in the folder of a {@link PreparedCorpus}, as lines for people and programs.
 *
 * <pre>
 * lockstep-corpus 1
 * fingerprint DIGITS                      of the texts
 * file NAME BYTES DIGITS                  once for each file, with its SHA-256
 * report TEXT                             once for each line of the report
 * sha256 DIGITS                           of all lines above
 * </pre>
 *
 * @param fingerprint see {@link dev.lockstep.train.data.Corpus#fingerprint}
 * @param files the other files of the folder: name, size in bytes, SHA-256 of the content
 * @param report what was read, dropped and kept
 */
record CorpusManifest(String fingerprint, List<String> files, List<String> report) {
    /** Its name in the folder. */
    static final String NAME = "corpus.txt";

    private static final String HEAD = "lockstep-corpus 1";
    private static final String FINGERPRINT = "fingerprint ";
    private static final String FILE = "file ";
    private static final String REPORT = "report ";
    private static final String CHECKSUM = "sha256 ";

    /** What a manifest says of a file. */
    static String entry(Path file) throws IOException {
        return file.getFileName() + " " + Files.size(file) + ' ' + Sha256.of(file);
    }

    CorpusManifest {
        files = List.copyOf(files);
        report = List.copyOf(report);
    }

    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(HEAD);
        lines.add(FINGERPRINT + fingerprint);
        files.forEach(line -> lines.add(FILE + line));
        report.forEach(line -> lines.add(REPORT + line));
        String text = String.join("\n", lines) + '\n';
        Files.writeString(file, text + CHECKSUM + Sha256.of(text) + '\n');
    }

    /** Whether a folder has a file that begins as a manifest does. */
    static boolean isIn(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = HEAD.getBytes(StandardCharsets.US_ASCII);
            return Arrays.equals(in.readNBytes(head.length), head);
        }
    }

    /** Reads and checks the manifest of a folder; the files it speaks of are not looked at. */
    static CorpusManifest read(Path folder) throws IOException {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            throw new CorpusException(folder + ": there is no prepared corpus here (" + NAME + " is missing).");
        }
        String text = text(file);
        int end = text.lastIndexOf(CHECKSUM);
        boolean whole = end > 0
                && text.startsWith(HEAD + '\n' + FINGERPRINT)
                && text.substring(end).equals(CHECKSUM + Sha256.of(text.substring(0, end)) + '\n');
        if (!whole) {
            throw new CorpusException(file + ": this was changed or is not whole; prepare the corpus again.");
        }
        return new CorpusManifest(values(text, FINGERPRINT).getFirst(), values(text, FILE), values(text, REPORT));
    }

    private static String text(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new CorpusException(file + ": this is not text; prepare the corpus again.", e);
        }
    }

    private static List<String> values(String text, String key) {
        return text.lines()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()))
                .toList();
    }

    /** Checks that a file of the folder is the one that was written. */
    void verify(Path folder, String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new CorpusException(file + ": this file of the prepared corpus is missing.");
        }
        if (!files.contains(entry(file))) {
            throw new CorpusException(file + ": this is not the file that was prepared; prepare the corpus again.");
        }
    }
}
