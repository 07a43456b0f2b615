package dev.lockstep.text;

import dev.lockstep.format.Quoted;
import dev.lockstep.format.UnusableModelException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Makes a {@link Vocabulary} of a file's metadata; every method refuses what cannot be right with one sentence. */
final class VocabularyReader {
    /** The longest piece in UTF-16 units; runs of some hundred spaces are the longest in use. */
    static final int PIECE_LENGTH_MAX = 4096;

    /** How files write "no such token" in a key of type uint32. */
    private static final long NO_TOKEN_UINT32 = 0xFFFF_FFFFL;

    private static final int BYTE_PIECE_LENGTH = "<0x00>".length();

    private final TokenizerMetadata metadata;
    private final String model;
    private final String[] pieces;
    private final TokenKind[] kinds;
    private final PieceIndex index;
    private final BitSet ends = new BitSet();

    VocabularyReader(TokenizerMetadata metadata) throws UnusableModelException {
        this.metadata = metadata;
        this.model = metadata.model();
        this.pieces = pieces();
        this.kinds = kinds();
        this.index = new PieceIndex(pieces);
    }

    /** Reads the rest and puts it together; to be called once. */
    Vocabulary read() throws UnusableModelException {
        boolean sentencePiece = model.equals(TokenizerMetadata.SENTENCE_PIECE);
        float[] scores = scores(sentencePiece);
        SpecialIds specials = new SpecialIds(
                id("bos_token_id", sentencePiece ? control(1) : SpecialIds.NONE),
                id("eos_token_id", sentencePiece ? control(2) : SpecialIds.NONE),
                orControl(id("eot_token_id", SpecialIds.NONE), SpecialPieces.END_OF_TURN),
                orControl(id("eom_token_id", SpecialIds.NONE), SpecialPieces.END_OF_MESSAGE),
                id("unknown_token_id", sentencePiece ? unknown(0) : SpecialIds.NONE),
                id("padding_token_id", SpecialIds.NONE));
        findEnds(specials);
        boolean addBos = sentencePiece || metadata.preTokenizer().addBos();
        return new Vocabulary(
                pieces,
                scores,
                kinds,
                specials,
                ends,
                swallowingSpace(),
                metadata.bool("add_bos_token", addBos),
                metadata.bool("add_eos_token", false));
    }

    private String[] pieces() throws UnusableModelException {
        String[] read = metadata.strings("tokens", "every vocabulary");
        if (read.length == 0) {
            throw metadata.refused("tokens", "has no elements, must have at least 1");
        }
        for (int id = 0; id < read.length; id++) {
            if (read[id].length() > PIECE_LENGTH_MAX) {
                throw metadata.refused(
                        "tokens",
                        "has a token " + id + " of " + read[id].length() + " characters, the limit is "
                                + PIECE_LENGTH_MAX);
            }
        }
        return read;
    }

    private TokenKind[] kinds() throws UnusableModelException {
        TokenKind[] read = new TokenKind[pieces.length];
        Arrays.fill(read, TokenKind.NORMAL);
        int[] numbers = metadata.integers("token_type").orElse(null);
        if (numbers == null) {
            return read;
        }
        checkLength("token_type", numbers.length);
        for (int id = 0; id < numbers.length; id++) {
            TokenKind kind = TokenKind.ofId(numbers[id]).orElse(null);
            if (kind == null) {
                throw metadata.refused(
                        "token_type",
                        "is " + numbers[id] + " for token " + id + ", must be from 1 to " + TokenKind.values().length);
            }
            if (kind == TokenKind.BYTE && model.equals(TokenizerMetadata.SENTENCE_PIECE) && byteOf(pieces[id]) < 0) {
                throw metadata.refused(
                        "token_type",
                        "says that token " + id + ", " + Quoted.name(pieces[id]) + ", is a byte, but it is not written"
                                + " as <0x00> to <0xFF>");
            }
            read[id] = kind;
        }
        return read;
    }

    private float[] scores(boolean needed) throws UnusableModelException {
        float[] read = metadata.floats("scores").orElse(null);
        if (read == null) {
            if (needed) {
                throw metadata.refused("scores", "is missing, and a vocabulary that merges by score needs it");
            }
            return null;
        }
        checkLength("scores", read.length);
        for (int id = 0; id < read.length; id++) {
            if (Float.isNaN(read[id])) {
                throw metadata.refused("scores", "is not a number for token " + id);
            }
        }
        return read;
    }

    private void checkLength(String key, int length) throws UnusableModelException {
        if (length != pieces.length) {
            throw metadata.refused(
                    key, "has " + length + " elements, must have " + pieces.length + ", one for each token");
        }
    }

    /** The token that a key names, or another where it names none. */
    private int id(String key, int otherwise) throws UnusableModelException {
        OptionalLong found = metadata.integer(key);
        if (found.isEmpty() || found.getAsLong() == -1 || found.getAsLong() == NO_TOKEN_UINT32) {
            return otherwise;
        }
        long id = found.getAsLong();
        if (id < 0 || id >= pieces.length) {
            throw metadata.refused(key, "is " + id + ", must be from 0 to " + (pieces.length - 1));
        }
        return (int) id;
    }

    /** The id, where SentencePiece puts a token of this kind by default, if there is such a one. */
    private int control(int id) {
        return id < kinds.length && kinds[id] == TokenKind.CONTROL ? id : SpecialIds.NONE;
    }

    private int unknown(int id) {
        return kinds[id] == TokenKind.UNKNOWN ? id : SpecialIds.NONE;
    }

    /** The id that the file names; else the first of the pieces that exists, which becomes a control token. */
    private int orControl(int named, List<String> known) {
        if (named != SpecialIds.NONE) {
            return named;
        }
        for (String piece : known) {
            int id = index.find(piece);
            if (id != PieceIndex.NONE) {
                kinds[id] = TokenKind.CONTROL;
                return id;
            }
        }
        return SpecialIds.NONE;
    }

    private void findEnds(SpecialIds specials) throws UnusableModelException {
        for (SpecialPieces.FillInMiddle role : SpecialPieces.FILL_IN_MIDDLE) {
            int id = SpecialIds.NONE;
            for (String key : role.keys()) {
                id = id(key, id);
            }
            id = orControl(id, role.pieces());
            if (role.endsGeneration()) {
                end(id);
            }
        }
        for (String piece : SpecialPieces.END_OF_GENERATION) {
            int id = index.find(piece);
            if (id != PieceIndex.NONE) {
                kinds[id] = TokenKind.CONTROL;
                end(id);
            }
        }
        end(specials.eos());
        end(specials.eot());
        end(specials.eom());
        for (List<String> withParts : SpecialPieces.WITH_PARTS) {
            int part = index.find(SpecialPieces.END_OF_PART);
            if (part != PieceIndex.NONE
                    && withParts.stream().noneMatch(piece -> index.find(piece) == PieceIndex.NONE)) {
                ends.clear(part);
            }
        }
    }

    private void end(int id) {
        if (id != SpecialIds.NONE) {
            ends.set(id);
        }
    }

    /** Phi-3 was trained without the white space after most special tokens; nothing in its files says so. */
    private BitSet swallowingSpace() throws UnusableModelException {
        BitSet swallowing = new BitSet();
        String name = metadata.modelName().toLowerCase(Locale.ROOT);
        if (!name.contains("phi-3") && !name.contains("phi3")) {
            return swallowing;
        }
        for (int id = 0; id < pieces.length; id++) {
            swallowing.set(id, kinds[id].isSpecial() && !SpecialPieces.KEEPING_SPACE.contains(pieces[id]));
        }
        return swallowing;
    }

    /** The byte that a piece like {@code <0x0A>} spells, or -1. */
    static int byteOf(String piece) {
        if (piece.length() != BYTE_PIECE_LENGTH || !piece.startsWith("<0x") || !piece.endsWith(">")) {
            return -1;
        }
        boolean hexadecimal = HexFormat.isHexDigit(piece.charAt(3)) && HexFormat.isHexDigit(piece.charAt(4));
        return hexadecimal ? HexFormat.fromHexDigits(piece, 3, 5) : -1;
    }
}
