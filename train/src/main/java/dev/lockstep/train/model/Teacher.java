package dev.lockstep.train.model;

import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;

/** A model that is only evaluated: its logits are what another learns from. Its weights stay the caller's. */
public final class Teacher implements Owned.Resource {
    private final Owned owned = new Owned();
    private final TransformerConfig config;
    private final Trunk trunk;
    private final Activations activations;
    private final Head head;

    /**
     * @param weights not changed
     * @param team whose workers will run it
     * @param rowsMax most rows of a batch
     */
    public Teacher(TransformerConfig config, ParameterMemory weights, Team team, int rowsMax) {
        this.config = config;
        Region region = owned.own(Region.allocate("teacher", bytes(config, team.size(), rowsMax)));
        region.touch();
        Cursor cursor = new Cursor(region.address());
        Weights w = Weights.of(weights, config);
        activations = new Activations(config, rowsMax, 2, cursor.take(Activations.bytes(config, rowsMax, 2)));
        AttentionScratch[] scratch = AttentionScratch.of(config, team.size(), cursor);
        trunk = new Trunk(
                config, w, new RotaryAngles(config, cursor.take(RotaryAngles.bytes(config))), activations, scratch);
        head = new Head(config, w, rowsMax, cursor.end());
    }

    /** Bytes that it takes beside its weights. */
    public static long bytes(TransformerConfig config, int threads, int rowsMax) {
        return Activations.bytes(config, rowsMax, 2)
                + threads * AttentionScratch.bytes(config)
                + Head.bytes(config, rowsMax)
                + RotaryAngles.bytes(config);
    }

    /** Its shape. */
    public TransformerConfig config() {
        return config;
    }

    Trunk trunk() {
        return trunk;
    }

    Head head() {
        return head;
    }

    FloatMatrix last() {
        return activations.last();
    }

    @Override
    public void close() {
        owned.close();
    }
}
