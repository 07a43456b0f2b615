package dev.lockstep.train.evaluate;

import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Parallel;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Document;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * A text as any model's tokens, {@code BOS tokens EOS BOS tokens EOS …}, without marks that the vocabulary does not
 * have, cut into windows that overlap:
 *
 * <pre>
 *   text     ───────────────────────────────────────
 *   row 0    ▓▓▓▓                                      ▓ a stride of tokens, each of which predicts the next
 *   row 1    ░░░░▓▓▓▓                                  ░ what they see before them: seen, not measured
 *   row 2    ░░░░░░░░▓▓▓▓                              both together: at most a row's tokens
 *   row 3        ░░░░░░░░▓▓▓▓
 * </pre>
 *
 * So all tokens but the first are predicted once, and all but a document's first from a row's tokens less a stride at
 * least: what a model knows in use is measured, not how often text was cut. With a stride of a whole row the cut is
 * that of training. What a stride holds of one document is a segment of its own, and no document sees another. The
 * last token of a document predicts what comes after it.
 *
 * <p>Unlike {@link dev.lockstep.train.data.TokenStream} it holds vocabularies of any size. Immutable.
 */
final class TextRows {
    private final int[] tokens;
    private final int[] starts;
    private final long textBytes;
    private final int rowTokens;
    private final int stride;

    private TextRows(int[] tokens, int[] starts, long textBytes, int rowTokens, int stride) {
        this.tokens = tokens;
        this.starts = starts;
        this.textBytes = textBytes;
        this.rowTokens = rowTokens;
        this.stride = stride;
    }

    /** Hears of the runs of tokens that share nothing. */
    interface SegmentVisitor {
        /** A segment of {@code length} tokens from {@code start} on, which sees {@code lead} tokens before it. */
        void segment(int start, int length, int lead);
    }

    /**
     * Encodes documents.
     *
     * @param rowTokensMax tokens of a row; fewer if the text has fewer
     * @param strideMax tokens between the starts of rows; at most a row's
     * @throws IllegalArgumentException if there are fewer than two tokens
     */
    static TextRows of(
            List<Document> documents,
            Tokenizer tokenizer,
            int rowTokensMax,
            int strideMax,
            int threads,
            Progress progress) {
        int[][] parts = new int[documents.size()][];
        OptionalInt bos = tokenizer.vocabulary().bos();
        OptionalInt eos = tokenizer.vocabulary().eos();
        Parallel.forEach(parts.length, threads, "encoding", progress, i -> {
            int[] ids = tokenizer.encode(documents.get(i).string(), false);
            int before = bos.isPresent() ? 1 : 0;
            int[] part = new int[ids.length + before + (eos.isPresent() ? 1 : 0)];
            bos.ifPresent(id -> part[0] = id);
            eos.ifPresent(id -> part[part.length - 1] = id);
            System.arraycopy(ids, 0, part, before, ids.length);
            parts[i] = part;
        });
        int[] starts = new int[parts.length + 1];
        for (int i = 0; i < parts.length; i++) {
            starts[i + 1] = Math.addExact(starts[i], parts[i].length);
        }
        int[] tokens = new int[starts[parts.length]];
        for (int i = 0; i < parts.length; i++) {
            System.arraycopy(parts[i], 0, tokens, starts[i], parts[i].length);
        }
        if (tokens.length < 2) {
            throw new IllegalArgumentException("a text of " + tokens.length + " tokens, at least 2 are needed");
        }
        long bytes =
                documents.stream().mapToLong(document -> document.text().length).sum();
        int row = Math.min(rowTokensMax, tokens.length - 1);
        return new TextRows(tokens, starts, bytes, row, Math.min(strideMax, row));
    }

    int token(int at) {
        return tokens[at];
    }

    /** Copies tokens from {@code at} on to the start of {@code into}. */
    void copy(int at, int count, int[] into) {
        System.arraycopy(tokens, at, into, 0, count);
    }

    int rowTokens() {
        return rowTokens;
    }

    int stride() {
        return stride;
    }

    int rows() {
        return (tokens.length - 1) / stride;
    }

    /** Bytes of text that some of the tokens stand for, in proportion. */
    double bytes(long some) {
        return (double) textBytes * some / tokens.length;
    }

    /** The rows to look at if at most {@code max} shall be, evenly spread over the text. */
    int[] spread(int max) {
        int count = Math.min(max, rows());
        int[] spread = new int[count];
        Arrays.setAll(spread, i -> (int) ((long) i * rows() / count));
        return spread;
    }

    /** The segments of a row, in order. */
    void segments(int row, SegmentVisitor visitor) {
        int end = (row + 1) * stride;
        int document = Arrays.binarySearch(starts, row * stride);
        // Of documents without tokens the last one counts, which ends after it starts.
        document = document < 0 ? -document - 2 : document;
        for (int at = row * stride; at < end; document++) {
            int to = Math.min(end, starts[document + 1]);
            if (to > at) {
                visitor.segment(at, to - at, Math.min(at - starts[document], rowTokens - stride));
                at = to;
            }
        }
    }
}
