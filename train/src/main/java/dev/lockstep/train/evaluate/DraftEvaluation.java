package dev.lockstep.train.evaluate;

import dev.lockstep.train.Progress;

/**
 * How often a draft's greedy choices are the target's.
 *
 * <p>Both models read a segment of the text, so both have chosen a token after each position. From some positions the
 * draft goes on as in speculation: it is given its own choices, the target checks them all in one step, and what comes
 * after the first wrong one does not count. That is done from the last position to the first: it overwrites keys and
 * values behind the position only, which no earlier position sees.
 */
final class DraftEvaluation {
    private final EngineModel target;
    private final EngineModel draft;
    private final TextRows text;
    private final int every;
    private final long[] reached;
    private final long[] right;
    private final int[] tokens;
    private final int[] chosen;
    private final int[] guessed;
    private final int[] guesses;
    private final int[] checks;
    private long positions;
    private long agreed;

    DraftEvaluation(EngineModel target, EngineModel draft, TextRows text, int every, int drafted) {
        this.target = target;
        this.draft = draft;
        this.text = text;
        this.every = every;
        reached = new long[drafted];
        right = new long[drafted];
        tokens = new int[text.rowTokens()];
        chosen = new int[text.rowTokens()];
        guessed = new int[text.rowTokens()];
        guesses = new int[drafted];
        checks = new int[drafted];
    }

    Agreement run(int[] rows, Progress progress) {
        for (int i = 0; i < rows.length; i++) {
            progress.at("comparing with the draft", i, rows.length);
            text.segments(rows[i], this::segment);
        }
        return new Agreement(positions, agreed, every, reached.clone(), right.clone());
    }

    private void segment(int start, int length, int lead) {
        text.copy(start - lead, lead + length, tokens);
        target.read(tokens, lead);
        draft.read(tokens, lead);
        target.run(lead, tokens, lead, length, (index, logits) -> chosen[lead + index] = target.first(logits));
        draft.run(lead, tokens, lead, length, (index, logits) -> guessed[lead + index] = draft.first(logits));
        int end = lead + length;
        for (int at = lead; at < end; at++) {
            positions++;
            agreed += chosen[at] == guessed[at] ? 1 : 0;
        }
        // The tokens drafted after a position, but the last, must have positions of their own.
        int ends = Math.min(end, text.rowTokens() - guesses.length + 1);
        for (int at = lead + (ends - lead - 1) / every * every; ends > lead && at >= lead; at -= every) {
            speculate(at);
        }
    }

    private void speculate(int at) {
        guesses[0] = guessed[at];
        checks[0] = chosen[at];
        if (guesses[0] == checks[0] && guesses.length > 1) {
            for (int i = 1; i < guesses.length; i++) {
                int number = i;
                draft.run(at + i, guesses, i - 1, 1, (_, logits) -> guesses[number] = draft.first(logits));
            }
            target.run(
                    at + 1,
                    guesses,
                    0,
                    guesses.length - 1,
                    (index, logits) -> checks[index + 1] = target.first(logits));
        }
        for (int i = 0; i < guesses.length; i++) {
            reached[i]++;
            if (guesses[i] != checks[i]) {
                return;
            }
            right[i]++;
        }
    }
}
