package dev.lockstep.train.tokenizer;

import dev.lockstep.format.GgufEntries;
import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.GgufMetadataBuilder;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.text.BytePairRules;
import dev.lockstep.text.TokenKind;
import dev.lockstep.text.Tokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A byte-level vocabulary that was learnt.
 *
 * <pre>
 * id              token
 * 0 … 255         the byte of that value
 * 256 + r         what merge r makes, r from 0
 * size − 3        {@link ControlToken#BOS}
 * size − 2        {@link ControlToken#EOS}
 * size − 1        {@link ControlToken#MASK}
 * </pre>
 *
 * <p>Immutable.
 */
public final class TrainedVocabulary {
    /** The number of tokens that are single bytes. */
    public static final int BYTES = 256;

    private final String pre;
    private final long[] merges;
    private final byte[][] tokens;

    /**
     * @param merges each {@code left << 32 | right}, two smaller ids
     * @param tokens the bytes of the tokens that stand for text
     */
    TrainedVocabulary(String pre, long[] merges, byte[][] tokens) {
        assert tokens.length == BYTES + merges.length : tokens.length;
        this.pre = pre;
        this.merges = merges;
        this.tokens = tokens;
    }

    /**
     * Reads a vocabulary back from the keys that {@link #putInto} wrote.
     *
     * @throws UnusableModelException if the keys are missing, or are not those of a vocabulary that was learnt here
     */
    public static TrainedVocabulary of(GgufMetadata metadata) throws UnusableModelException {
        String pre = metadata.string("tokenizer.ggml.pre").orElse("");
        String[] pieces = metadata.strings("tokenizer.ggml.tokens").orElse(new String[0]);
        String[] pairs = metadata.strings("tokenizer.ggml.merges").orElse(new String[0]);
        if (pieces.length != BYTES + pairs.length + ControlToken.values().length) {
            throw metadata.refusal(
                    "tokenizer.ggml.tokens",
                    "has " + pieces.length + " tokens with " + pairs.length
                            + " merges, as no vocabulary learnt here has");
        }
        if (BytePairRules.named(pre).isEmpty()) {
            throw metadata.refusal("tokenizer.ggml.pre", "names no known rules");
        }
        Map<String, Integer> ids = new HashMap<>();
        SymbolSpelling spelling = new SymbolSpelling();
        long[] merges = new long[pairs.length];
        for (int id = 0; id < BYTES + pairs.length; id++) {
            if (id >= BYTES) {
                merges[id - BYTES] = merge(pairs[id - BYTES], ids, spelling, metadata);
            }
            ids.put(pieces[id], id);
        }
        TrainedVocabulary vocabulary = new TrainedVocabulary(pre, merges, spelling.symbols());
        if (!Arrays.equals(vocabulary.pieces(), pieces)) {
            throw metadata.refusal("tokenizer.ggml.tokens", "is not the list of tokens that the merges make");
        }
        return vocabulary;
    }

    private static long merge(String pair, Map<String, Integer> ids, SymbolSpelling spelling, GgufMetadata metadata)
            throws UnusableModelException {
        int space = pair.indexOf(' ');
        Integer left = space < 0 ? null : ids.get(pair.substring(0, space));
        Integer right = space < 0 ? null : ids.get(pair.substring(space + 1));
        if (left == null || right == null || !spelling.accepts(PairTable.pair(left, right))) {
            throw metadata.refusal("tokenizer.ggml.merges", "holds an entry that is no pair of two earlier tokens");
        }
        return PairTable.pair(left, right);
    }

    /** Whether both turn every text into the same tokens. */
    public boolean isSameAs(TrainedVocabulary other) {
        return pre.equals(other.pre) && Arrays.equals(merges, other.merges);
    }

    /** The name of the rules by which text is cut into words. */
    public String pre() {
        return pre;
    }

    /** The number of tokens. */
    public int size() {
        return tokens.length + ControlToken.values().length;
    }

    /** The number of merges. */
    public int merges() {
        return merges.length;
    }

    /** The left of the two tokens that merge {@code rank} puts together. */
    public int left(int rank) {
        return PairTable.left(merges[rank]);
    }

    /** The right of the two tokens that merge {@code rank} puts together. */
    public int right(int rank) {
        return PairTable.right(merges[rank]);
    }

    /** The id of a control token. */
    public int id(ControlToken token) {
        return tokens.length + token.ordinal();
    }

    /**
     * Puts the keys {@code tokenizer.ggml.*} of a model file: the tokens and their kinds, the merges, the rules for words
     * and the control tokens; {@code BOS} goes before a prompt, as it goes before a document in training. Source: the
     * GGUF specification, section {@code tokenizer.ggml}.
     *
     * @param target a {@link GgufWriter} or a {@link GgufMetadataBuilder} without these keys
     */
    public void putInto(GgufEntries<?> target) {
        String[] pieces = pieces();
        int[] kinds = new int[size()];
        Arrays.fill(kinds, 0, tokens.length, TokenKind.NORMAL.id());
        Arrays.fill(kinds, tokens.length, size(), TokenKind.CONTROL.id());
        String[] pairs = new String[merges.length];
        for (int rank = 0; rank < pairs.length; rank++) {
            pairs[rank] = pieces[left(rank)] + ' ' + pieces[right(rank)];
        }
        target.putString("tokenizer.ggml.model", "gpt2");
        target.putString("tokenizer.ggml.pre", pre);
        target.putStrings("tokenizer.ggml.tokens", pieces);
        target.putInt32s("tokenizer.ggml.token_type", kinds);
        target.putStrings("tokenizer.ggml.merges", pairs);
        for (ControlToken token : ControlToken.values()) {
            target.putUint32("tokenizer.ggml." + token.key(), id(token));
        }
        target.putBool("tokenizer.ggml.add_bos_token", true);
        target.putBool("tokenizer.ggml.add_eos_token", false);
    }

    private String[] pieces() {
        String[] pieces = new String[size()];
        for (int id = 0; id < tokens.length; id++) {
            pieces[id] = BytePairRules.piece(tokens[id]);
        }
        for (ControlToken token : ControlToken.values()) {
            pieces[id(token)] = token.piece();
        }
        return pieces;
    }

    /** The engine's tokenizer for this vocabulary, read from the same keys as from a model file. */
    public Tokenizer tokenizer() {
        GgufMetadataBuilder metadata = new GgufMetadataBuilder();
        putInto(metadata);
        try {
            return Tokenizer.of(metadata.build("a learnt vocabulary"));
        } catch (UnusableModelException e) {
            throw new IllegalStateException("the engine refuses what was learnt: " + e.getMessage(), e);
        }
    }
}
