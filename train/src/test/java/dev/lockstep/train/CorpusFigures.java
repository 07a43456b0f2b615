package dev.lockstep.train;

import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.data.Corpus;
import dev.lockstep.train.data.JdkSource;
import dev.lockstep.train.data.Tally;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import dev.lockstep.train.tokenizer.TrainedVocabulary;
import java.io.IOException;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/**
 * Prints the figures of docs/training.md: the whole of this JDK's sources, from files to tokens, with times. Arguments
 * are names of rules for words to compare; none means the default alone.
 */
public final class CorpusFigures {
    private static final int THREADS = 2;
    private static final int MODULES_SHOWN = 12;

    private static long last;

    private CorpusFigures() {}

    /** Runs from the repository: see docs/training.md. */
    public static void main(String[] names) throws IOException {
        last = System.nanoTime();
        Corpus corpus = Corpus.of(JdkSource.ofRunningJdk(), THREADS, Progress.SILENT);
        line("corpus, %.1f s", seconds());
        corpus.report().lines().forEach(System.out::println);
        line("fingerprint %s", corpus.fingerprint());
        corpus.modules().entrySet().stream()
                .sorted(Map.Entry.comparingByValue(
                        Comparator.comparingLong(Tally::bytes).reversed()))
                .limit(MODULES_SHOWN)
                .forEach(e -> line(
                        "%-28s %6d files %9.2f MB",
                        e.getKey(), e.getValue().files(), e.getValue().bytes() / 1e6));
        for (String name : names.length == 0 ? new String[] {TokenizerTrainer.PRE_DEFAULT} : names) {
            tokens(corpus, name, names.length == 0);
        }
    }

    private static void tokens(Corpus corpus, String name, boolean all) {
        seconds();
        TrainedVocabulary vocabulary = new TokenizerTrainer(TokenizerTrainer.SIZE_DEFAULT, name, THREADS)
                .train(corpus.training(), Progress.SILENT);
        double training = seconds();
        Tokenizer tokenizer = vocabulary.tokenizer();
        TokenStream heldOut = TokenStream.of(corpus.heldOut(), tokenizer, THREADS, Progress.SILENT);
        line(
                "%-14s %d tokens in %.1f s; held out: %d tokens, %.3f bytes a token",
                name, vocabulary.size(), training, heldOut.length(), heldOut.bytesPerToken());
        if (all) {
            seconds();
            TokenStream stream = TokenStream.of(corpus.training(), tokenizer, THREADS, Progress.SILENT);
            line(
                    "training: %d tokens in %.1f s, %.3f bytes a token",
                    stream.length(), seconds(), stream.bytesPerToken());
        }
    }

    private static double seconds() {
        long now = System.nanoTime();
        double seconds = (now - last) / 1e9;
        last = now;
        return seconds;
    }

    private static void line(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
