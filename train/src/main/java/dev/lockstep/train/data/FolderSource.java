package dev.lockstep.train.data;

import dev.lockstep.train.Progress;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * All text below a folder, whatever it is about. Files and folders whose name starts with a dot are left out, and links
 * are not followed.
 *
 * <p>Held out is one file in {@value #HELD_OUT_ONE_IN}, chosen by a hash of its path below the folder: a file's lot does
 * not change when others come. Where this chooses none, it is the file with the least hash.
 *
 * @param root the folder
 */
public record FolderSource(Path root) implements CorpusSource {
    /** How many files there are to one that is held out. */
    public static final int HELD_OUT_ONE_IN = 100;

    private static final String PURPOSE = "held out";

    @Override
    public Files read(Progress progress) throws IOException {
        if (!java.nio.file.Files.isDirectory(root)) {
            throw new CorpusException(root + ": this is not a folder.");
        }
        TreeMap<String, Path> paths = paths();
        FileCollector collector = new FileCollector(root.toString());
        int done = 0;
        for (var entry : paths.entrySet()) {
            progress.at("reading the files", done++, paths.size());
            read(entry.getKey(), entry.getValue(), collector);
        }
        if (collector.documents().size() < 2) {
            throw new CorpusException(root + ": " + collector.documents().size()
                    + " files of text, at least 2 are needed: one to learn from and one to measure with.");
        }
        return split(collector);
    }

    private TreeMap<String, Path> paths() throws IOException {
        TreeMap<String, Path> paths = new TreeMap<>();
        Path top = root.toRealPath();
        java.nio.file.Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                boolean skip = isHidden(folder) && !folder.equals(top);
                return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && !isHidden(file)) {
                    paths.put(name(top.relativize(file)), file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                throw unreadable(file, failure);
            }
        });
        return paths;
    }

    private static boolean isHidden(Path path) {
        Path name = path.getFileName();
        return name != null && name.toString().startsWith(".");
    }

    /** The path with {@code /} between its parts, on every file system. */
    private static String name(Path relative) {
        List<String> parts = new ArrayList<>();
        relative.forEach(part -> parts.add(part.toString()));
        return String.join("/", parts);
    }

    private static void read(String name, Path file, FileCollector collector) throws IOException {
        byte[] text;
        try {
            long size = java.nio.file.Files.size(file);
            if (size > FILE_BYTES_MAX) {
                collector.addUnreadable(size);
                return;
            }
            text = java.nio.file.Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        collector.add(name, text);
    }

    private static CorpusException unreadable(Path file, IOException cause) {
        String reason = cause instanceof AccessDeniedException ? "access is denied" : cause.getMessage();
        return new CorpusException(file + ": this cannot be read (" + reason + ").", cause);
    }

    private static Files split(FileCollector collector) {
        List<Document> training = new ArrayList<>();
        List<Document> heldOut = new ArrayList<>();
        for (Document document : collector.documents()) {
            boolean chosen = StableHash.chooses(PURPOSE, document.path(), HELD_OUT_ONE_IN);
            (chosen ? heldOut : training).add(document);
        }
        if (heldOut.isEmpty() || training.isEmpty()) {
            heldOut = List.of(collector.documents().stream()
                    .min(Comparator.comparing(document -> StableHash.of(document.path())))
                    .orElseThrow());
            training = new ArrayList<>(collector.documents());
            training.removeAll(heldOut);
        }
        return new Files(training, heldOut, collector.unreadable());
    }
}
