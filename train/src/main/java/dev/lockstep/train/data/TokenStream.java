package dev.lockstep.train.data;

import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Parallel;
import dev.lockstep.train.Progress;
import java.util.List;

/**
 * Documents as one row of token ids, two bytes each.
 *
 * <pre>
 * BOS tokens of document 0 EOS BOS tokens of document 1 EOS …
 * </pre>
 *
 * <p>Both marks, although one would separate: with BOS a document's first token has something to be predicted from, as a
 * prompt's has in use, so the whole text can be measured; with EOS a model learns to stop. Together they cost two
 * tokens a document, 0.07 % of the JDK's. Immutable.
 */
public final class TokenStream {
    /** The most different ids. */
    static final int IDS_MAX = 1 << 16;

    /** Unsigned 16-bit ids. */
    private final char[] tokens;

    /** Where each document's BOS stands, and the end. */
    private final int[] starts;

    private final int vocabularySize;
    private final long textBytes;

    /** Keeps the arrays. */
    TokenStream(char[] tokens, int[] starts, int vocabularySize, long textBytes) {
        this.tokens = tokens;
        this.starts = starts;
        this.vocabularySize = vocabularySize;
        this.textBytes = textBytes;
    }

    /**
     * Encodes documents, in their order. Control tokens that stand in them are text like any other.
     *
     * @param tokenizer at most 65536 tokens, among them BOS and EOS
     * @param threads 1 or more; changes time only
     * @throws IllegalArgumentException if the tokenizer has too many tokens or lacks one of the two
     */
    public static TokenStream of(List<Document> documents, Tokenizer tokenizer, int threads, Progress progress) {
        int size = tokenizer.vocabulary().size();
        if (size > IDS_MAX) {
            throw new IllegalArgumentException("vocabulary size: " + size + ", the limit is " + IDS_MAX);
        }
        char bos = (char) tokenizer.vocabulary().bos().orElseThrow(() -> missing("BOS"));
        char eos = (char) tokenizer.vocabulary().eos().orElseThrow(() -> missing("EOS"));
        char[][] parts = new char[documents.size()][];
        Parallel.forEach(
                parts.length,
                threads,
                "encoding",
                progress,
                i -> parts[i] = encoded(tokenizer.encode(documents.get(i).string(), false), bos, eos));
        return new TokenStream(
                joined(parts), starts(parts), size, Tally.of(documents).bytes());
    }

    private static IllegalArgumentException missing(String token) {
        return new IllegalArgumentException("the vocabulary has no " + token + " token");
    }

    private static char[] encoded(int[] ids, char bos, char eos) {
        char[] encoded = new char[ids.length + 2];
        encoded[0] = bos;
        for (int i = 0; i < ids.length; i++) {
            encoded[i + 1] = (char) ids[i];
        }
        encoded[ids.length + 1] = eos;
        return encoded;
    }

    private static int[] starts(char[][] parts) {
        int[] starts = new int[parts.length + 1];
        for (int i = 0; i < parts.length; i++) {
            starts[i + 1] = Math.addExact(starts[i], parts[i].length);
        }
        return starts;
    }

    private static char[] joined(char[][] parts) {
        int[] starts = starts(parts);
        char[] joined = new char[starts[parts.length]];
        for (int i = 0; i < parts.length; i++) {
            System.arraycopy(parts[i], 0, joined, starts[i], parts[i].length);
        }
        return joined;
    }

    /** The number of tokens, BOS and EOS among them. */
    public int length() {
        return tokens.length;
    }

    /** The number of bytes of the documents' texts: what bits per byte are measured on. */
    public long textBytes() {
        return textBytes;
    }

    /** The number of different ids that there may be. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** A token's id. */
    public int token(int at) {
        return tokens[at];
    }

    /** Copies tokens from {@code at} on until {@code into} is full. */
    public void copy(int at, int[] into) {
        if (at < 0 || into.length > tokens.length - at) {
            throw new IndexOutOfBoundsException(into.length + " tokens from " + at + " on, there are " + tokens.length);
        }
        for (int i = 0; i < into.length; i++) {
            into[i] = tokens[at + i];
        }
    }

    /** The number of documents. */
    public int documents() {
        return starts.length - 1;
    }

    /** Where a document's BOS stands; for {@code documents()} the end of the stream. */
    public int start(int document) {
        return starts[document];
    }

    /** How many bytes of text a token stands for, BOS and EOS not counted. */
    public double bytesPerToken() {
        return (double) textBytes / (tokens.length - 2 * documents());
    }
}
