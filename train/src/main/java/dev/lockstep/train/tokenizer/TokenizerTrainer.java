package dev.lockstep.train.tokenizer;

import dev.lockstep.text.BytePairRules;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Document;
import java.util.List;

/**
 * Learns a byte-level vocabulary from text (byte-pair encoding, see {@link PairMerges}).
 *
 * <p>The same documents give the same vocabulary, whatever their order, the machine and the threads. Words of more than
 * {@value WordCounter#WORD_BYTES_MAX} bytes are not learnt from.
 *
 * @param vocabularySize the number of tokens wanted: the 256 bytes, the merges and the control tokens; from
 *     {@link #SIZE_MIN} to {@link #SIZE_MAX}. There will be fewer if no further pair occurs twice.
 * @param pre the name of the rules by which text is cut into words, one of {@link BytePairRules#names}
 * @param threads 1 or more; changes time only
 */
public record TokenizerTrainer(int vocabularySize, String pre, int threads) {
    /** The usual number of tokens. */
    public static final int SIZE_DEFAULT = 8192;

    /** The fewest tokens: bytes and control tokens. */
    public static final int SIZE_MIN = TrainedVocabulary.BYTES + ControlToken.values().length;

    /** The most tokens: an id fits in 16 bits. */
    public static final int SIZE_MAX = 1 << 16;

    /** The rules that suit source code best; docs/training.md has the measurements. */
    public static final String PRE_DEFAULT = "gpt-2";

    /** Checks the size and the name. */
    public TokenizerTrainer {
        if (vocabularySize < SIZE_MIN || vocabularySize > SIZE_MAX) {
            throw new IllegalArgumentException(
                    "vocabulary size: " + vocabularySize + ", allowed are " + SIZE_MIN + " to " + SIZE_MAX);
        }
        if (BytePairRules.named(pre).isEmpty()) {
            throw new IllegalArgumentException(
                    "pre-tokenizer: \"" + pre + "\", known are " + String.join(", ", BytePairRules.names()));
        }
    }

    /** {@link #SIZE_DEFAULT} tokens by {@link #PRE_DEFAULT}. */
    public static TokenizerTrainer ofThreads(int threads) {
        return new TokenizerTrainer(SIZE_DEFAULT, PRE_DEFAULT, threads);
    }

    /** Learns from documents. */
    public TrainedVocabulary train(List<Document> documents, Progress progress) {
        BytePairRules rules = BytePairRules.named(pre).orElseThrow();
        WordTable words = new WordCounter(rules).count(documents, threads, progress);
        SymbolSpelling spelling = new SymbolSpelling();
        long[] merges = new PairMerges(words, spelling::accepts).learn(vocabularySize - SIZE_MIN, progress);
        return new TrainedVocabulary(pre, merges, spelling.symbols());
    }
}
