package dev.lockstep.train.evaluate;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufMetadata;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.model.LoadProgress;
import dev.lockstep.model.ModelConfig;
import dev.lockstep.tensor.Owned;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.objective.MaskedDiffusion;
import dev.lockstep.train.run.Evaluation;
import dev.lockstep.train.run.ModelExport;
import dev.lockstep.train.run.TrainedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Measures a model file with a text that it cuts into tokens itself.
 *
 * <p>A causal model is measured by the pass that generation uses, with the weights as the file has them, so the figures
 * are of what is shipped. A bidirectional one, which that pass cannot run, is measured by the pass that trained it,
 * with the file's weights as floats: an upper bound ({@link MaskedDiffusion}), whose levels of masking are spread
 * evenly over all rows and samples.
 *
 * @param rowTokensMax tokens of a row; 0 for the model's context, at most {@value #ROW_TOKENS_MAX}
 * @param strideMax tokens that a row measures, its last ones, for causal models; 0 for half a row
 * @param tokensMax about how many tokens to look at, in whole rows that are spread evenly over the text
 * @param samples how often each row is masked, for bidirectional models
 * @param seed of the masks
 * @param drafted tokens that a draft guesses at a time, when agreement is measured; 1 or more
 */
public record ModelEvaluation(int rowTokensMax, int strideMax, long tokensMax, int samples, long seed, int drafted) {
    /** Tokens of a row if nothing else is asked for and the model's context allows. */
    public static final int ROW_TOKENS_MAX = 512;

    /** Every so many-th position is gone on from when agreement is measured. */
    private static final int EVERY = 8;

    private static final String MASK_KEY = "tokenizer.ggml.mask_token_id";

    /** Checks the ranges. */
    public ModelEvaluation {
        check("rowTokens", rowTokensMax, 0, 1 << 20);
        check("stride", strideMax, 0, rowTokensMax == 0 ? 1 << 20 : rowTokensMax);
        check("tokens", tokensMax, 1, Long.MAX_VALUE);
        check("samples", samples, 1, 10_000);
        check("drafted", drafted, 1, 64);
    }

    private static void check(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", allowed are " + min + " to " + max);
        }
    }

    /**
     * Measures a model and, if there is one, how often a draft agrees with it.
     *
     * @throws UnusableModelException if one of the files is not a model that can be measured, or the two do not share a
     *     vocabulary
     * @throws IOException if a file cannot be read
     * @throws dev.lockstep.engine.MemoryBudgetException if a model's memory plan is over the budget
     * @throws IllegalArgumentException if the text has too few tokens, or the model's context too few positions
     */
    public Figures run(
            Path path,
            Optional<Path> draft,
            HeldOut text,
            EvaluationMachine machine,
            LoadProgress loading,
            Progress progress)
            throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            ModelConfig config = ModelConfig.of(file);
            int row = rowTokensMax == 0 ? Math.min(ROW_TOKENS_MAX, config.contextLength()) : rowTokensMax;
            if (row > config.contextLength()) {
                throw new IllegalArgumentException("rows of " + row + " tokens, allowed are 1 to "
                        + config.contextLength() + ", the context that the model was trained for");
            }
            boolean causal = file.metadata().bool(ModelExport.CAUSAL_KEY).orElse(true);
            if (causal) {
                return causal(file, config, draft, text, row, machine, loading, progress);
            }
            if (draft.isPresent()) {
                throw new UnusableModelException(
                        path.getFileName() + " fills in masked tokens, so there is nothing to draft for it");
            }
            return bound(file, text, row, machine, progress);
        }
    }

    private Figures causal(
            GgufFile file,
            ModelConfig config,
            Optional<Path> draft,
            HeldOut text,
            int rowTokens,
            EvaluationMachine machine,
            LoadProgress loading,
            Progress progress)
            throws IOException {
        Tokenizer tokenizer = Tokenizer.of(file.metadata());
        if (tokenizer.vocabulary().size() > config.vocabulary()) {
            throw new UnusableModelException(file.path().getFileName() + ": the tokenizer has "
                    + tokenizer.vocabulary().size() + " tokens, but the model has embeddings for only "
                    + config.vocabulary());
        }
        int stride = strideMax == 0 ? (rowTokens + 1) / 2 : Math.min(strideMax, rowTokens);
        TextRows rows = TextRows.of(text.documents(), tokenizer, rowTokens, stride, machine.threads(), progress);
        int[] chosen = rows.spread(rowsMax(rows.stride()));
        try (Owned owned = new Owned()) {
            EngineModel target = new EngineModel(file, rows.rowTokens(), machine, loading);
            owned.own(target::close);
            if (draft.isEmpty()) {
                return figures(rows, chosen, new CausalEvaluation(target, rows).run(chosen, progress), null);
            }
            try (GgufFile draftFile = GgufFile.open(draft.get())) {
                checkSameVocabulary(file, draftFile, rows.rowTokens());
                EngineModel guesser = new EngineModel(draftFile, rows.rowTokens(), machine, loading);
                owned.own(guesser::close);
                Evaluation evaluation = new CausalEvaluation(target, rows).run(chosen, progress);
                Agreement agreement = new DraftEvaluation(target, guesser, rows, EVERY, drafted).run(chosen, progress);
                return figures(rows, chosen, evaluation, agreement);
            }
        }
    }

    private int rowsMax(int rowTokens) {
        return (int) Math.min(Integer.MAX_VALUE, (tokensMax - 1) / rowTokens + 1);
    }

    private static Figures figures(TextRows rows, int[] chosen, Evaluation evaluation, Agreement agreement) {
        return new Figures(
                true,
                evaluation,
                rows.rowTokens(),
                rows.stride(),
                chosen.length,
                rows.rows(),
                1,
                0,
                Optional.ofNullable(agreement));
    }

    private static void checkSameVocabulary(GgufFile target, GgufFile draft, int positions) throws IOException {
        String pair = draft.path().getFileName() + " and " + target.path().getFileName();
        String[] own = target.metadata().strings("tokenizer.ggml.tokens").orElse(new String[0]);
        String[] guessed = draft.metadata().strings("tokenizer.ggml.tokens").orElse(new String[0]);
        if (!Arrays.equals(own, guessed)
                || ModelConfig.of(draft).vocabulary() != ModelConfig.of(target).vocabulary()) {
            throw new UnusableModelException(pair + " have different vocabularies, so one cannot draft for the other");
        }
        if (ModelConfig.of(draft).contextLength() < positions) {
            throw new UnusableModelException(draft.path().getFileName() + ": its context has "
                    + ModelConfig.of(draft).contextLength() + " positions, rows have " + positions + " tokens");
        }
    }

    private Figures bound(GgufFile file, HeldOut text, int rowTokens, EvaluationMachine machine, Progress progress)
            throws IOException {
        GgufMetadata metadata = file.metadata();
        OptionalLong mask = metadata.integer(MASK_KEY);
        if (mask.isEmpty()) {
            throw new UnusableModelException(file.path().getFileName() + ": " + MASK_KEY
                    + " is missing, so there is no token to put in the place of others");
        }
        TokenStream stream = TokenStream.of(text.documents(), Tokenizer.of(metadata), machine.threads(), progress);
        int row = Math.min(rowTokens, stream.length());
        MaskedDiffusion objective = new MaskedDiffusion(Math.toIntExact(mask.getAsLong()));
        try (TrainedModel model = TrainedModel.read(file.path(), row);
                Team team = new Team(machine.tier(), machine.threads())) {
            Evaluation evaluation = Evaluation.of(
                    model.config(),
                    model.weights(),
                    objective,
                    stream,
                    row,
                    rowsMax(row),
                    samples,
                    seed,
                    team,
                    progress);
            int all = stream.length() / row;
            return new Figures(
                    false, evaluation, row, row, Math.min(all, rowsMax(row)), all, samples, seed, Optional.empty());
        }
    }
}
