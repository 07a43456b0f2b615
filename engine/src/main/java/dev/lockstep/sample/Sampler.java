package dev.lockstep.sample;

import dev.lockstep.kernel.Elementary;
import dev.lockstep.kernel.SamplingKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;

/**
 * Chooses the tokens of one request: the chain of {@link SamplingParameters} and one Gumbel-max draw.
 *
 * <p>Invariant: the token is a function of (logits, tokens observed so far, parameters, position). The arithmetic is
 * plain Java, in a fixed order, in every kernel tier; kernels compare and make random integers. Nothing is allocated while
 * sampling. Not thread-safe.
 */
public final class Sampler {
    /** Working arrays for one vocabulary, shared by the samplers of one thread. */
    public static final class Workspace {
        private final SamplingKernels kernels;
        private final float[] logits;
        private final MemorySegment logitsSegment;
        private final Ranking ranking;
        private final GumbelNoise noise = new GumbelNoise();
        /** Ids and random bits of the tokens that may win. */
        private final int[] contenders = new int[2 * SamplingKernels.PIECE];

        private final MemorySegment contendersSegment = MemorySegment.ofArray(contenders);

        /** Arrays for {@code vocabulary} tokens. The kernels belong to the workspace from now on. */
        public Workspace(int vocabulary, SamplingKernels kernels) {
            this.kernels = kernels;
            logits = new float[vocabulary];
            logitsSegment = MemorySegment.ofArray(logits);
            ranking = new Ranking(vocabulary);
        }
    }

    /** Logits that no token can be chosen from. */
    public static final class UnusableLogitsException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private UnusableLogitsException(String message) {
            super(message);
        }

        /** Of a model that gave a token a logit which is none. */
        static UnusableLogitsException of(int token, float logit, int position) {
            return new UnusableLogitsException(
                    "the model gave token " + token + " the logit " + logit + " at position " + position);
        }
    }

    private final SamplingParameters parameters;
    private final Workspace workspace;
    private final int vocabulary;
    private final int[] biasedTokens;
    private final float[] biases;
    /** How often each token is in the output, or null if nobody asks. */
    private final int[] outputCounts;
    /** Whether each token is in the prompt, or null if nobody asks. */
    private final boolean[] inPrompt;

    /**
     * A sampler that has seen a prompt.
     *
     * @param prompt tokens of the vocabulary
     * @throws IllegalArgumentException if a biased token is not in the vocabulary
     */
    public Sampler(SamplingParameters parameters, Workspace workspace, int[] prompt) {
        this.parameters = parameters;
        this.workspace = workspace;
        this.vocabulary = workspace.logits.length;
        parameters.checkVocabulary(vocabulary);
        this.biasedTokens = new int[parameters.logitBias().size()];
        this.biases = new float[biasedTokens.length];
        int i = 0;
        for (Map.Entry<Integer, Float> bias : parameters.logitBias().entrySet()) {
            biasedTokens[i] = bias.getKey();
            biases[i++] = bias.getValue();
        }
        this.outputCounts = parameters.penalises() ? new int[vocabulary] : null;
        this.inPrompt = parameters.penalises() ? new boolean[vocabulary] : null;
        if (inPrompt != null) {
            for (int token : prompt) {
                inPrompt[token] = true;
            }
        }
    }

    /** Hears that {@code token} was added to the output. */
    public void observe(int token) {
        if (outputCounts != null) {
            outputCounts[token]++;
        }
    }

    /** Takes back an {@link #observe}. */
    public void forget(int token) {
        if (outputCounts != null) {
            outputCounts[token]--;
        }
    }

    /**
     * The token at {@code position}.
     *
     * @param logits {@code vocabulary} floats, not changed
     * @throws UnusableLogitsException if a logit is infinite or not a number, or if bias and penalties make one
     *     positive infinity or forbid every token
     */
    public int sample(MemorySegment logits, int position) {
        int best = adjust(logits, position);
        if (parameters.temperature() == 0) {
            return best;
        }
        float[] work = workspace.logits;
        scale(work, work[best]);
        workspace.noise.at(parameters.seed(), position);
        return ranks() ? drawRanked(work) : drawAll(work, best, position);
    }

    /**
     * The distribution that {@link #sample} draws from: the softmax of what the filters leave. At temperature 0 one
     * token has probability 1.
     *
     * @param logits {@code vocabulary} floats, not changed
     * @param into receives {@code vocabulary} probabilities, by token id
     * @throws UnusableLogitsException where {@link #sample} throws it
     */
    public void probabilities(MemorySegment logits, int position, double[] into) {
        if (into.length != vocabulary) {
            throw new IllegalArgumentException(
                    "room for " + into.length + " probabilities, the vocabulary has " + vocabulary + " tokens");
        }
        float[] work = workspace.logits;
        int best = adjust(logits, position);
        Arrays.fill(into, 0);
        if (parameters.temperature() == 0) {
            into[best] = 1;
            return;
        }
        scale(work, work[best]);
        if (ranks()) {
            for (int rank = keptRanks(work) - 1; rank >= 0; rank--) {
                int token = workspace.ranking.token(rank);
                into[token] = Elementary.exp(work[token]);
            }
        } else {
            float threshold = minPThreshold();
            for (int token = 0; token < vocabulary; token++) {
                into[token] = token == best || work[token] >= threshold ? Elementary.exp(work[token]) : 0;
            }
        }
        normalise(into);
    }

    private static void normalise(double[] weights) {
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= sum;
        }
    }

    /** The seed of the request. */
    long seed() {
        return parameters.seed();
    }

    /** Whether tokens are filtered by their rank. */
    private boolean ranks() {
        return parameters.topK() > 0 && parameters.topK() < vocabulary || parameters.topP() < 1;
    }

    /**
     * The likeliest token with bias and penalties, the lowest id among equals. The workspace then has the logits, unless
     * they are as they were and nobody is going to draw.
     */
    private int adjust(MemorySegment logits, int position) {
        int best = workspace.kernels.largest(logits, vocabulary);
        if (best < 0) {
            throw UnusableLogitsException.of(
                    ~best, logits.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, ~best), position);
        }
        boolean adjusts = biases.length > 0 || outputCounts != null;
        if (!adjusts && parameters.temperature() == 0) {
            return best;
        }
        float[] work = workspace.logits;
        MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, work, 0, vocabulary);
        if (!adjusts) {
            return best;
        }
        for (int i = 0; i < biases.length; i++) {
            work[biasedTokens[i]] += biases[i];
        }
        if (outputCounts != null) {
            penalise(work);
        }
        best = largest(work);
        checkLargest(best, work[best], position);
        return best;
    }

    private void checkLargest(int token, float logit, int position) {
        if (logit == Float.NEGATIVE_INFINITY) {
            throw new UnusableLogitsException(
                    "logit bias and penalties forbid all " + vocabulary + " tokens at position " + position);
        }
        if (logit == Float.POSITIVE_INFINITY) {
            throw new UnusableLogitsException(
                    "logit bias and penalties make the logit of token " + token + " infinite at position " + position);
        }
    }

    /** Makes the largest logit 0, so that no temperature makes a logit overflow upwards, and divides by it. */
    private void scale(float[] work, float max) {
        for (int i = 0; i < vocabulary; i++) {
            work[i] = (work[i] - max) / parameters.temperature();
        }
    }

    private void penalise(float[] work) {
        for (int i = 0; i < vocabulary; i++) {
            int count = outputCounts[i];
            if (count > 0 || inPrompt[i]) {
                float penalty = parameters.repetitionPenalty();
                work[i] = work[i] > 0 ? work[i] / penalty : work[i] * penalty;
            }
            if (count > 0) {
                work[i] -= parameters.presencePenalty() + count * parameters.frequencyPenalty();
            }
        }
    }

    /** The index of the largest value, the lowest among equals. */
    private static int largest(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    /** Draws from all tokens that min-p leaves. */
    private int drawAll(float[] work, int likeliest, int position) {
        float threshold = minPThreshold();
        int best = likeliest;
        double bestScore = work[likeliest] + GumbelNoise.noise(workspace.noise.bits(likeliest));
        for (int from = 0; from < vocabulary; from += SamplingKernels.PIECE) {
            int contenders = contenders(position, from, threshold, (float) bestScore);
            for (int i = 0; i < contenders; i++) {
                int token = workspace.contenders[2 * i];
                double score = work[token] + GumbelNoise.noise(workspace.contenders[2 * i + 1]);
                if (score > bestScore || score == bestScore && token < best) {
                    best = token;
                    bestScore = score;
                }
            }
        }
        return best;
    }

    /** The tokens of the piece that begins with {@code from} which may win against a score. */
    private int contenders(int position, int from, float threshold, float score) {
        return workspace.kernels.contenders(
                parameters.seed(),
                position,
                workspace.logitsSegment,
                from,
                Math.min(SamplingKernels.PIECE, vocabulary - from),
                threshold,
                score,
                workspace.contendersSegment);
    }

    /** Draws from the tokens that top-k, top-p and min-p leave. */
    private int drawRanked(float[] work) {
        int count = keptRanks(work);
        int best = -1;
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int rank = 0; rank < count; rank++) {
            int token = workspace.ranking.token(rank);
            double score = work[token] + GumbelNoise.noise(workspace.noise.bits(token));
            if (best < 0 || score > bestScore || score == bestScore && token < best) {
                best = token;
                bestScore = score;
            }
        }
        return best;
    }

    /** Ranks the tokens; how many of the first top-k, top-p and min-p leave, at least 1. */
    private int keptRanks(float[] work) {
        Ranking ranking = workspace.ranking;
        ranking.fill(work);
        int count = parameters.topK() > 0 ? Math.min(parameters.topK(), vocabulary) : vocabulary;
        float threshold = minPThreshold();
        double massWanted = parameters.topP() < 1 ? parameters.topP() * mass(work, ranking, count) : 0;
        double mass = 0;
        int kept = 0;
        while (kept < count && work[ranking.token(kept)] >= threshold) {
            mass += Elementary.exp(work[ranking.token(kept++)]);
            if (parameters.topP() < 1 && mass >= massWanted) {
                break;
            }
        }
        return kept;
    }

    /** The summed exp(logit) of the first {@code count} tokens: in rank order, or by id if it is all of them. */
    private double mass(float[] work, Ranking ranking, int count) {
        double mass = 0;
        for (int i = 0; i < count; i++) {
            mass += Elementary.exp(work[count < vocabulary ? ranking.token(i) : i]);
        }
        return mass;
    }

    /** The scaled logit of a token min-p times as likely as the likeliest, whose own is 0; log 0 is −∞. */
    private float minPThreshold() {
        return (float) StrictMath.log(parameters.minP());
    }
}
