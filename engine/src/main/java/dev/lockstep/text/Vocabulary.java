package dev.lockstep.text;

import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.UnusableModelException;
import java.util.BitSet;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * The tokens of a model: for each id a piece (its text as the model file spells it), a kind and a score, and which of
 * them have a role.
 *
 * <p>How pieces spell text differs by tokenizer: a SentencePiece vocabulary writes U+2581 for a space, a byte-level one
 * writes each byte as a character of its own. {@link Tokenizer#bytes} gives the text itself.
 *
 * <p><b>End of generation.</b> A model ends its answer with one of several tokens, and files often name only one of
 * them. So these count as ends: the tokens that the file names as eos, eot or eom; tokens whose piece is known to end
 * an answer ({@code <|im_end|>}, {@code <|eot_id|>}, {@code <end_of_turn>} and their kin, listed in
 * {@code SpecialPieces}); and the padding, repository and file separators of fill-in-the-middle code models. One
 * exception: where {@code <|return|>} and {@code <|call|>} exist, {@code <|end|>} ends a part of an answer only.
 *
 * <p>Immutable, safe for use by several threads. Source of the keys: the GGUF specification, section
 * {@code tokenizer.ggml}.
 */
public final class Vocabulary {
    private final String[] pieces;
    private final float[] scores;
    private final TokenKind[] kinds;
    private final SpecialIds specials;
    private final BitSet ends;
    private final BitSet swallowingSpace;
    private final boolean addBos;
    private final boolean addEos;
    private final PieceIndex index;

    /**
     * @param scores may be {@code null}: all 0
     * @param ends the tokens that end generation
     * @param swallowingSpace the special tokens after which white space is dropped from the text
     */
    Vocabulary(
            String[] pieces,
            float[] scores,
            TokenKind[] kinds,
            SpecialIds specials,
            BitSet ends,
            BitSet swallowingSpace,
            boolean addBos,
            boolean addEos) {
        this.pieces = pieces;
        this.scores = scores;
        this.kinds = kinds;
        this.specials = specials;
        this.ends = ends;
        this.swallowingSpace = swallowingSpace;
        this.addBos = addBos;
        this.addEos = addEos;
        this.index = new PieceIndex(pieces);
    }

    /**
     * Reads the vocabulary of a model file.
     *
     * @throws UnusableModelException if a key that is needed is missing or of another type, arrays differ in length,
     *     an id is out of range, a token's kind is unknown, or the tokenizer or pre-tokenizer is not one that is
     *     known
     */
    public static Vocabulary of(GgufMetadata metadata) throws UnusableModelException {
        return new VocabularyReader(new TokenizerMetadata(metadata)).read();
    }

    /** The number of tokens; ids go from 0 to one less. */
    public int size() {
        return pieces.length;
    }

    /** The token's text as the file spells it. */
    public String piece(int id) {
        return pieces[checked(id)];
    }

    /** What the token is for. */
    public TokenKind kind(int id) {
        return kinds[checked(id)];
    }

    /** How much SentencePiece merging prefers the token; 0 where the file has no scores. */
    public float score(int id) {
        checked(id);
        return scores == null ? 0 : scores[id];
    }

    /** The token with this piece, the lowest if there are several, or empty. */
    public OptionalInt id(String piece) {
        return optional(index.find(piece));
    }

    /** The token that begins a sequence. */
    public OptionalInt bos() {
        return optional(specials.bos());
    }

    /** The token that ends a sequence. */
    public OptionalInt eos() {
        return optional(specials.eos());
    }

    /** The token that ends a turn in a dialogue. */
    public OptionalInt eot() {
        return optional(specials.eot());
    }

    /** The token that ends a message that expects a tool's answer. */
    public OptionalInt eom() {
        return optional(specials.eom());
    }

    /** The token that stands for text that cannot be expressed. */
    public OptionalInt unknown() {
        return optional(specials.unknown());
    }

    /** The token that fills a batch. */
    public OptionalInt padding() {
        return optional(specials.padding());
    }

    /** Whether a model that emits this token has finished. */
    public boolean isEndOfGeneration(int id) {
        return ends.get(checked(id));
    }

    /** The tokens that end generation, in ascending order. */
    public int[] endOfGeneration() {
        return ends.stream().toArray();
    }

    /** Whether the model expects {@link #bos} before a prompt. */
    public boolean addBos() {
        return addBos;
    }

    /** Whether the model expects {@link #eos} after a prompt. */
    public boolean addEos() {
        return addEos;
    }

    /** Whether white space after this special token is dropped from the text. */
    boolean swallowsSpace(int id) {
        return swallowingSpace.get(id);
    }

    PieceIndex index() {
        return index;
    }

    private int checked(int id) {
        return Objects.checkIndex(id, pieces.length);
    }

    private static OptionalInt optional(int id) {
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }
}
