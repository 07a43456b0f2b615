package dev.lockstep.cli;

import dev.lockstep.train.Progress;
import dev.lockstep.train.data.CorpusSource;
import dev.lockstep.train.data.FolderSource;
import dev.lockstep.train.data.JdkSource;
import dev.lockstep.train.prepared.PreparedCorpus;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * What a run learns from: the JDK's sources, a folder of text, or a folder that holds a prepared corpus. The first two
 * are prepared once and kept in the run's folder.
 *
 * @param folder where to keep it
 * @param given the folder that was named, if one was
 * @param vocabulary tokens of the vocabulary to learn
 * @param threads that prepare
 */
record TrainCorpus(TrainFolder folder, Optional<Path> given, int vocabulary, int threads) {
    private static final String SOURCE = "source.txt";
    private static final String JDK_LICENCE =
            "The text, and so the model that was learnt from it, comes from OpenJDK, which is licensed under the GNU "
                    + "General Public License, version 2, with the Classpath exception. Lockstep itself is under the "
                    + "Apache License 2.0.";
    private static final String OTHER_LICENCE =
            "The licence of the text is its authors'; whoever passes the model on should know what it allows. Lockstep "
                    + "itself is under the Apache License 2.0.";

    /** Refuses a folder that is none. */
    TrainCorpus {
        if (given.isPresent() && !Files.isDirectory(given.get())) {
            throw new UsageException("--corpus is " + given.get() + ", which is not a folder");
        }
    }

    /** Whether somebody has prepared it before this run. */
    boolean isPrepared() throws IOException {
        return given.isPresent() && PreparedCorpus.isIn(given.get());
    }

    /** The corpus in words. */
    String describe() throws IOException {
        if (given.isEmpty()) {
            return "the sources of JDK " + Runtime.version();
        }
        return (isPrepared() ? "the prepared corpus " : "the text in ") + given.get();
    }

    String licence() {
        return given.isEmpty() ? JDK_LICENCE : OTHER_LICENCE;
    }

    /**
     * Reads the corpus, and prepares it before if need be.
     *
     * @param resumed whether the run has begun, so that what is kept is what it learns from
     * @param status says how far it is
     * @throws CancellationException if the thread was interrupted
     */
    PreparedCorpus get(boolean resumed, StatusLine status, Runnable preparing) throws IOException {
        if (isPrepared()) {
            return PreparedCorpus.read(given.get());
        }
        Path kept = folder.corpus();
        if (PreparedCorpus.isIn(kept) && (resumed || isOfTheSameSource(kept))) {
            return PreparedCorpus.read(kept);
        }
        preparing.run();
        CorpusSource source = given.isPresent() ? new FolderSource(given.get()) : JdkSource.ofRunningJdk();
        TokenizerTrainer trainer = new TokenizerTrainer(vocabulary, TokenizerTrainer.PRE_DEFAULT, threads);
        PreparedCorpus corpus = PreparedCorpus.of(source, trainer, progress(status));
        Files.deleteIfExists(kept.resolve(SOURCE));
        corpus.write(kept);
        Files.writeString(kept.resolve(SOURCE), key());
        return corpus;
    }

    /** Texts of a folder may have changed, so only the JDK's are known to be the same. */
    private boolean isOfTheSameSource(Path kept) throws IOException {
        Path file = kept.resolve(SOURCE);
        return given.isEmpty()
                && Files.isRegularFile(file)
                && Files.readString(file).equals(key());
    }

    private String key() throws IOException {
        if (given.isPresent()) {
            return given.get() + "\n";
        }
        Path archive = JdkSource.ofRunningJdk().archive();
        return archive + " " + Files.size(archive) + ' ' + Files.getLastModifiedTime(archive) + " vocabulary "
                + vocabulary + '\n';
    }

    private static Progress progress(StatusLine status) {
        return (phase, done, total) -> {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted");
            }
            status.showNowAndThen(
                    () -> "preparing the corpus: " + phase + ' ' + 100 * done / Math.max(1, total) + " %");
        };
    }
}
