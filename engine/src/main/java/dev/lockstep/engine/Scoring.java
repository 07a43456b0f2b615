package dev.lockstep.engine;

import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.format.GgufFile;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelConfig;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.Step;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Scores known tokens: what the model says after each of them. All rows want logits and nothing is sampled, so this is
 * the regime in which everything is parallel; the logits are the same bits as those that generation would see.
 *
 * <p>The tokens go through the model in chunks of {@value #CHUNK} rows, so that memory for logits stays small.
 */
public final class Scoring {
    /** Rows of a step. */
    static final int CHUNK = 16;

    private static final System.Logger LOG = System.getLogger("dev.lockstep");

    /**
     * What the model says after one token.
     *
     * @param index the token's position, from 0
     * @param token the token
     * @param argmax the most likely next token, the lowest id among equals
     * @param logsumexp natural logarithm of the sum of exp over all logits, computed in double precision; a logit less
     *     this is the token's log-probability
     * @param logits the first logits; the receiver owns the array
     */
    public record Position(int index, int token, int argmax, double logsumexp, float[] logits) {}

    private final Model model;
    private final int[] tokens;
    private final int logitsShown;

    private Scoring(Model model, int[] tokens, int logitsShown) {
        this.model = model;
        this.tokens = tokens;
        this.logitsShown = logitsShown;
    }

    /**
     * Loads a model, scores one sequence of tokens from position 0 on and gives the model's memory back.
     *
     * @param path a GGUF model
     * @param tokens at least one; nothing is added in front
     * @param logitsShown how many of each position's logits to pass on, 0 to the vocabulary's size
     * @param options kernels, threads, KV type, memory budget and progress count; the context is as long as the tokens
     * @param to receives every position in order
     * @throws dev.lockstep.format.UnusableModelException if the file does not hold a model that can run
     * @throws IOException if it cannot be read
     * @throws MemoryBudgetException if the memory plan is over the budget; nothing has been loaded then
     * @throws IllegalArgumentException if there are no tokens or more than the model was trained for, one is not in the
     *     vocabulary, {@code logitsShown} is out of range, or this machine cannot run what the options ask for
     */
    public static void run(Path path, int[] tokens, int logitsShown, EngineOptions options, Consumer<Position> to)
            throws IOException {
        EngineSetup setup = options.setup();
        KernelTier.Choice tier = setup.kernels().choose();
        try (GgufFile file = GgufFile.open(path)) {
            check(ModelConfig.of(file), tokens, logitsShown);
            ModelLimits limits = limits(tokens.length, setup);
            MemoryPlan plan = MemoryBudget.plan(file, limits, tier, setup);
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0}: scoring with {1} kernels ({2}); memory plan: {3}",
                    path.getFileName(),
                    tier.tier(),
                    tier.reason(),
                    MemoryBudget.describe(plan));
            try (Model model = Model.load(file, limits, tier, setup.storage(), setup.progress())) {
                new Scoring(model, tokens, logitsShown).run(to);
            }
        }
    }

    private static void check(ModelConfig config, int[] tokens, int logitsShown) {
        if (tokens.length < 1 || tokens.length > config.contextLength()) {
            throw new IllegalArgumentException(tokens.length + " tokens to score, allowed are 1 to "
                    + config.contextLength() + ", the context that the model was trained for");
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= config.vocabulary()) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "token %d at position %d, allowed are 0 to %d",
                        tokens[i],
                        i,
                        config.vocabulary() - 1));
            }
        }
        if (logitsShown < 0 || logitsShown > config.vocabulary()) {
            throw new IllegalArgumentException(
                    logitsShown + " logits of each position, allowed are 0 to " + config.vocabulary());
        }
    }

    private static ModelLimits limits(int length, EngineSetup setup) {
        int rows = Math.min(CHUNK, length);
        return new ModelLimits(length, KvShape.pages(length), setup.kvType(), rows, rows, setup.threads());
    }

    private void run(Consumer<Position> to) {
        PageTable pages = new PageTable(model.cache(), tokens.length);
        if (!pages.reserve(tokens.length)) {
            throw new IllegalStateException(
                    tokens.length + " positions do not fit the cache that was planned for them");
        }
        Step step = new Step(model.limits().rowsMax(), model.limits().logitsMax());
        for (int from = 0; from < tokens.length; from += step.rowsMax()) {
            step.clear();
            int end = Math.min(tokens.length, from + step.rowsMax());
            for (int position = from; position < end; position++) {
                step.add(pages, position, tokens[position], true);
            }
            model.forward(step);
            for (int row = 0; row < step.rows(); row++) {
                to.accept(score(from + row, model.logits(row)));
            }
        }
    }

    private Position score(int index, MemorySegment logits) {
        int argmax = 0;
        for (int i = 1; i < model.config().vocabulary(); i++) {
            if (logit(logits, i) > logit(logits, argmax)) {
                argmax = i;
            }
        }
        double max = logit(logits, argmax);
        double sum = 0;
        for (int i = 0; i < model.config().vocabulary(); i++) {
            sum += StrictMath.exp(logit(logits, i) - max);
        }
        float[] shown = new float[logitsShown];
        MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT, 0, shown, 0, logitsShown);
        return new Position(index, tokens[index], argmax, max + StrictMath.log(sum), shown);
    }

    private static float logit(MemorySegment logits, int index) {
        return logits.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }
}
