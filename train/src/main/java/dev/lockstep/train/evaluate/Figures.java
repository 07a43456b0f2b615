package dev.lockstep.train.evaluate;

import dev.lockstep.train.run.Evaluation;
import java.util.Optional;

/**
 * What was measured, and how.
 *
 * @param causal whether the figures are of a model that predicts from left to right; else they are a bound
 * @param evaluation the figures
 * @param rowTokens tokens of a row
 * @param stride tokens that a row measures, its last ones
 * @param rows rows that were looked at
 * @param rowsAll rows of the whole text
 * @param samples how often each row was masked; 1 for causal models
 * @param seed of the masks
 * @param agreement of a draft, if there was one
 */
public record Figures(
        boolean causal,
        Evaluation evaluation,
        int rowTokens,
        int stride,
        int rows,
        int rowsAll,
        int samples,
        long seed,
        Optional<Agreement> agreement) {}
