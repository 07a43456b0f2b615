package dev.lockstep.train.data;

import dev.lockstep.train.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The sources that come with a JDK, {@code lib/src.zip}: some 15 000 Java files, {@code MODULE/PACKAGE/NAME.java}.
 *
 * @param archive the archive
 * @param modules the modules to read; empty for all
 */
public record JdkSource(Path archive, Set<String> modules) implements CorpusSource {
    /** The modules held out, 185 files with 2.4 MB in JDK 25: database access, logging, preferences, an HTTP server. */
    public static final Set<String> HELD_OUT_MODULES =
            Set.of("java.logging", "java.prefs", "java.sql", "jdk.httpserver");

    private static final String MISSING = ": the JDK's sources are not there; some packages ship them separately"
            + " (as openjdk-25-source or java-25-openjdk-src), or name a folder of text to learn from instead.";

    /** Copies the set. */
    public JdkSource {
        modules = Set.copyOf(modules);
    }

    /** All modules of the JDK that runs this program. */
    public static JdkSource ofRunningJdk() {
        return new JdkSource(Path.of(System.getProperty("java.home"), "lib", "src.zip"), Set.of());
    }

    @Override
    public Files read(Progress progress) throws IOException {
        if (!java.nio.file.Files.isRegularFile(archive)) {
            throw new CorpusException(archive + MISSING);
        }
        FileCollector collector = new FileCollector(archive.toString());
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            List<? extends ZipEntry> entries = entries(zip);
            for (int i = 0; i < entries.size(); i++) {
                progress.at("reading the sources", i, entries.size());
                read(zip, entries.get(i), collector);
            }
        } catch (ZipException e) {
            throw new CorpusException(archive + ": this is not a whole zip archive (" + e.getMessage() + ").");
        }
        List<Document> training = new ArrayList<>();
        List<Document> heldOut = new ArrayList<>();
        for (Document document : collector.documents()) {
            (HELD_OUT_MODULES.contains(document.module()) ? heldOut : training).add(document);
        }
        if (heldOut.isEmpty()) {
            throw new CorpusException(archive + ": no file of the modules to be held out, "
                    + HELD_OUT_MODULES.stream().sorted().toList() + ", so nothing could be measured.");
        }
        return new Files(training, heldOut, collector.unreadable());
    }

    private List<? extends ZipEntry> entries(ZipFile zip) {
        return zip.stream()
                .filter(entry -> !entry.isDirectory())
                .filter(entry -> modules.isEmpty() || modules.contains(moduleOf(entry)))
                .sorted(Comparator.comparing(ZipEntry::getName))
                .toList();
    }

    private static String moduleOf(ZipEntry entry) {
        return Document.of(entry.getName(), new byte[0]).module();
    }

    private static void read(ZipFile zip, ZipEntry entry, FileCollector collector) throws IOException {
        if (entry.getSize() > FILE_BYTES_MAX) {
            collector.addUnreadable(entry.getSize());
            return;
        }
        try (var in = zip.getInputStream(entry)) {
            collector.add(entry.getName(), in.readAllBytes());
        }
    }
}
