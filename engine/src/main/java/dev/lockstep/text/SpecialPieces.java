package dev.lockstep.text;

import java.util.List;
import java.util.Set;

/**
 * Pieces that are known to steer a model, for files that do not say which token has which role.
 *
 * <p>Makers of models agree on few of these names, so this is a list of what is in use. A token with such a piece
 * counts as {@link TokenKind#CONTROL}, whatever kind the file gives it: else a user could end the model's turn by
 * typing its name.
 */
final class SpecialPieces {
    /** Ends a turn; the first that the vocabulary has becomes {@link Vocabulary#eot} where the file names none. */
    static final List<String> END_OF_TURN = List.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "<｜end▁of▁sentence｜>",
            "<end_of_utterance>");

    /** Ends a message that expects a tool's answer. */
    static final List<String> END_OF_MESSAGE = List.of("<|eom_id|>");

    /** Ends generation, besides the tokens that the file names. */
    static final Set<String> END_OF_GENERATION = Set.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|calls|>",
            "<|flush|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "</s>",
            "<|eom_id|>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "[EOS]",
            "<eos>",
            "<|end_of_text|>",
            "<end_of_utterance>",
            "<｜end▁of▁sentence｜>",
            "[e~[");

    /** Ends a part of an answer, and not the answer, in a vocabulary that has one of each list below. */
    static final String END_OF_PART = "<|end|>";

    static final List<List<String>> WITH_PARTS =
            List.of(List.of("<|return|>", "<|call|>"), List.of("<|flush|>", "<|calls|>"));

    /** A fill-in-the-middle role: the file's keys for it, the pieces known for it, and whether it ends generation. */
    record FillInMiddle(List<String> keys, List<String> pieces, boolean endsGeneration) {}

    static final List<FillInMiddle> FILL_IN_MIDDLE = List.of(
            new FillInMiddle(
                    List.of("fim_pre_token_id", "prefix_token_id"),
                    List.of(
                            "<|fim_prefix|>",
                            "<fim-prefix>",
                            "<fim_prefix>",
                            "<｜fim▁begin｜>",
                            "<PRE>",
                            "▁<PRE>",
                            "<|code_prefix|>",
                            "<|prefix|>"),
                    false),
            new FillInMiddle(
                    List.of("fim_suf_token_id", "suffix_token_id"),
                    List.of(
                            "<|fim_suffix|>",
                            "<fim-suffix>",
                            "<fim_suffix>",
                            "<｜fim▁hole｜>",
                            "<SUF>",
                            "▁<SUF>",
                            "<|code_suffix|>",
                            "<|suffix|>"),
                    false),
            new FillInMiddle(
                    List.of("fim_mid_token_id", "middle_token_id"),
                    List.of(
                            "<|fim_middle|>",
                            "<fim-middle>",
                            "<fim_middle>",
                            "<｜fim▁end｜>",
                            "<MID>",
                            "▁<MID>",
                            "<|code_middle|>",
                            "<|middle|>"),
                    false),
            new FillInMiddle(
                    List.of("fim_pad_token_id"),
                    List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
                    true),
            new FillInMiddle(
                    List.of("fim_rep_token_id"),
                    List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
                    true),
            new FillInMiddle(List.of("fim_sep_token_id"), List.of("<|file_sep|>"), true));

    /** Pieces after which Phi-3 keeps white space; after all its other special tokens it is dropped. */
    static final Set<String> KEEPING_SPACE = Set.of("<unk>", "<s>", "<|endoftext|>");

    private SpecialPieces() {}

    /** Whether the piece has a role wherever it occurs. */
    static boolean isKnown(String piece) {
        return END_OF_TURN.contains(piece)
                || END_OF_MESSAGE.contains(piece)
                || END_OF_GENERATION.contains(piece)
                || FILL_IN_MIDDLE.stream().anyMatch(role -> role.pieces().contains(piece));
    }
}
