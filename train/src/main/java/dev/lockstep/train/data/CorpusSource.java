package dev.lockstep.train.data;

import dev.lockstep.train.Progress;
import java.io.IOException;
import java.util.List;

/** Where text comes from. */
public sealed interface CorpusSource permits JdkSource, FolderSource {
    /** The most bytes of one file; a larger one is left out. */
    int FILE_BYTES_MAX = 16 << 20;

    /** The most bytes of all files together; a source with more is refused. */
    long TEXT_BYTES_MAX = 1L << 30;

    /**
     * Reads all files into memory.
     *
     * @throws CorpusException if there are none or too many bytes
     * @throws IOException if a file cannot be read
     */
    Files read(Progress progress) throws IOException;

    /**
     * What a source holds, each list in ascending order of the paths (as UTF-16 units), whatever the order of the
     * archive or the file system.
     *
     * @param training the files to learn from
     * @param heldOut the files to measure with, whole
     * @param unreadable files left out because they are not UTF-8, hold a NUL byte or are too long
     */
    record Files(List<Document> training, List<Document> heldOut, Tally unreadable) {}
}
