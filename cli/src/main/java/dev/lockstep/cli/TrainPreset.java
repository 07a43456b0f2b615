package dev.lockstep.cli;

/** Shapes and objectives that go together; single dimensions may be set otherwise. */
enum TrainPreset {
    /** A model that others can be drafts of. */
    TARGET(9, 256, 4, 2, 64, 704, TrainObjective.NEXT_TOKEN),
    /** A model a fraction of the size that guesses what a target says. */
    DRAFT(2, 96, 1, 1, 64, 64, TrainObjective.DISTILLATION),
    /** A model of the target's shape that fills in masked tokens, looking in both directions. */
    DIFFUSION(9, 256, 4, 2, 64, 704, TrainObjective.DIFFUSION);

    final int layers;
    final int width;
    final int heads;
    final int kvHeads;
    final int headSize;
    final int feedForward;
    final TrainObjective objective;

    TrainPreset(
            int layers, int width, int heads, int kvHeads, int headSize, int feedForward, TrainObjective objective) {
        this.layers = layers;
        this.width = width;
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.headSize = headSize;
        this.feedForward = feedForward;
        this.objective = objective;
    }
}
