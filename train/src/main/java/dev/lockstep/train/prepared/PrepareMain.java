package dev.lockstep.train.prepared;

import dev.lockstep.train.Parallel;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.CorpusException;
import dev.lockstep.train.data.CorpusSource;
import dev.lockstep.train.data.FolderSource;
import dev.lockstep.train.data.JdkSource;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;

/** Prepares a corpus: {@code PrepareMain OUT [SOURCE]}. Without a source it is this JDK's sources. */
public final class PrepareMain {
    private static final String USAGE =
            "usage: PrepareMain OUT [SOURCE]; OUT is the folder to write to, SOURCE a folder"
                    + " of text to learn from (default: the sources of the JDK that runs this).";

    private PrepareMain() {}

    /** Uses all processors; exits with 0, with 1 if the text cannot be used, or with 2 if the arguments are wrong. */
    public static void main(String[] arguments) {
        int threads = Math.min(Runtime.getRuntime().availableProcessors(), Parallel.THREADS_MAX);
        System.exit(run(arguments, threads, System.out, System.err));
    }

    static int run(String[] arguments, int threads, PrintStream out, PrintStream err) {
        if (arguments.length < 1 || arguments.length > 2) {
            err.println(USAGE);
            return 2;
        }
        CorpusSource source =
                arguments.length == 1 ? JdkSource.ofRunningJdk() : new FolderSource(Path.of(arguments[1]));
        try {
            prepare(source, threads, Path.of(arguments[0]), out);
            return 0;
        } catch (CorpusException e) {
            err.println(e.getMessage());
        } catch (IOException e) {
            err.println(arguments[0] + ": the corpus could not be written (" + e + ").");
        }
        return 1;
    }

    private static void prepare(CorpusSource source, int threads, Path folder, PrintStream out) throws IOException {
        PreparedCorpus corpus = PreparedCorpus.of(source, TokenizerTrainer.ofThreads(threads), Progress.SILENT);
        corpus.write(folder);
        corpus.report().forEach(out::println);
        out.println("fingerprint " + corpus.fingerprint());
        out.println("vocabulary: " + corpus.vocabulary().size() + " tokens, words by "
                + corpus.vocabulary().pre());
        describe("training", corpus.training(), out);
        describe("held out", corpus.heldOut(), out);
    }

    private static void describe(String part, TokenStream stream, PrintStream out) {
        out.println(String.format(
                Locale.ROOT,
                "%s: %d tokens in %d documents, %.3f bytes a token",
                part,
                stream.length(),
                stream.documents(),
                stream.bytesPerToken()));
    }
}
