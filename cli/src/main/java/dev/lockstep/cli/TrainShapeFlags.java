package dev.lockstep.cli;

import dev.lockstep.model.Architecture;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.TransformerConfig;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What model is trained: a preset, and dimensions that take the place of its own. */
final class TrainShapeFlags {
    private static final double ROPE_BASE = 10_000;
    private static final float NORM_EPSILON = 1e-5f;

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            converter = OneOf.TrainPresets.class,
            description = "target: 9 layers of width 256, next token; draft: 2 layers of width 96, distillation; "
                    + "diffusion: the target's shape, masked diffusion. Default: target.")
    TrainPreset preset = TrainPreset.TARGET;

    @Option(
            names = "--objective",
            paramLabel = "NAME",
            converter = TrainObjective.Converter.class,
            description = "next-token; distillation: the next token's distribution of --target; diffusion: masked "
                    + "tokens, seen from both sides. Default: the preset's.")
    TrainObjective objective;

    @Option(names = "--layers", paramLabel = "N", description = "Layers, 1 to 1024. Default: the preset's.")
    Integer layers;

    @Option(
            names = "--width",
            paramLabel = "N",
            description = "Elements of a token's hidden state, 1 to 131072. Default: the preset's.")
    Integer width;

    @Option(names = "--heads", paramLabel = "N", description = "Query heads, 1 to 1024. Default: the preset's.")
    Integer heads;

    @Option(
            names = "--kv-heads",
            paramLabel = "N",
            description = "Key and value heads; divides the query heads. Default: the preset's.")
    Integer kvHeads;

    @Option(names = "--head-size", paramLabel = "N", description = "Elements of a head, even, 2 to 4096. Default: 64.")
    Integer headSize;

    @Option(
            names = "--feed-forward",
            paramLabel = "N",
            description = "Inner elements of the feed-forward layers, 1 to 1048576. Default: the preset's.")
    Integer feedForward;

    @Option(
            names = "--row-tokens",
            paramLabel = "N",
            description = "Tokens of a row, which are the model's context too, 1 to 1048576. Default: 512.")
    int rowTokens = 512;

    /** What is learnt. */
    TrainObjective objective() {
        return objective == null ? preset.objective : objective;
    }

    /** The shape, with a vocabulary of this many tokens. */
    TransformerConfig config(int vocabulary) {
        return new TransformerConfig(
                or(layers, preset.layers),
                or(width, preset.width),
                or(heads, preset.heads),
                or(kvHeads, preset.kvHeads),
                or(headSize, preset.headSize),
                or(feedForward, preset.feedForward),
                vocabulary,
                rowTokens,
                ROPE_BASE,
                Architecture.LLAMA.ropeStyle(),
                NORM_EPSILON,
                true,
                objective() == TrainObjective.DIFFUSION ? Mask.BIDIRECTIONAL : Mask.CAUSAL);
    }

    private static int or(Integer value, int preset) {
        return value == null ? preset : value;
    }

    /** Refuses types whose blocks do not divide the rows of every matrix. */
    static void checkTypes(TransformerConfig config, List<ElementType> types) {
        for (ElementType type : types) {
            for (int columns : new int[] {config.width(), config.queryWidth(), config.feedForward()}) {
                if (columns % type.blockSize() != 0) {
                    throw new UsageException("--type " + type.name().toLowerCase(Locale.ROOT)
                            + " has blocks of " + type.blockSize() + " weights, which do not divide matrix rows of "
                            + columns);
                }
            }
        }
    }
}
