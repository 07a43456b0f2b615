package dev.lockstep.train.evaluate;

import dev.lockstep.train.Progress;
import dev.lockstep.train.run.Evaluation;

/** What a model that predicts from left to right makes of a text, by the pass that generation uses. */
final class CausalEvaluation {
    private final EngineModel model;
    private final TextRows text;
    private final int[] tokens;
    private long correct;
    private double nats;

    CausalEvaluation(EngineModel model, TextRows text) {
        this.model = model;
        this.text = text;
        this.tokens = new int[text.rowTokens()];
    }

    Evaluation run(int[] rows, Progress progress) {
        for (int i = 0; i < rows.length; i++) {
            progress.at("evaluating", i, rows.length);
            text.segments(rows[i], this::segment);
        }
        long scored = (long) rows.length * text.stride();
        return new Evaluation(scored, scored, correct, nats, text.bytes(scored));
    }

    private void segment(int start, int length, int lead) {
        text.copy(start - lead, lead + length, tokens);
        model.read(tokens, lead);
        model.run(lead, tokens, lead, length, (index, logits) -> {
            int next = text.token(start + index + 1);
            correct += model.first(logits) == next ? 1 : 0;
            nats += model.loss(logits, next);
        });
    }
}
