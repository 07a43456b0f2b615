package dev.lockstep.train.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lockstep.kernel.RopeStyle;
import dev.lockstep.tensor.Memory;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Small shapes, random weights and random batches. */
public final class TestNetworks {
    private TestNetworks() {}

    /** A shape of which every size can be chosen; heads have {@code headSize} elements whatever the width. */
    public static TransformerConfig config(
            int layers, int width, int heads, int kvHeads, int headSize, int feedForward, int vocabulary) {
        return new TransformerConfig(
                layers,
                width,
                heads,
                kvHeads,
                headSize,
                feedForward,
                vocabulary,
                64,
                10_000,
                RopeStyle.INTERLEAVED,
                1e-5f,
                false,
                Mask.CAUSAL);
    }

    public static TransformerConfig with(TransformerConfig c, RopeStyle style, boolean tied, Mask mask) {
        return new TransformerConfig(
                c.layers(),
                c.width(),
                c.heads(),
                c.kvHeads(),
                c.headSize(),
                c.feedForward(),
                c.vocabulary(),
                c.contextLength(),
                c.ropeBase(),
                style,
                c.normEpsilon(),
                tied,
                mask);
    }

    /** Weights that leave no part of the model idle: matrices of deviation about 1 ÷ √columns, norms around 1. */
    public static ParameterMemory weights(TransformerConfig config, long seed) {
        ParameterMemory memory = new ParameterMemory("test weights", new ParameterLayout(config));
        SplittableRandom random = new SplittableRandom(seed);
        for (Parameter p : memory.layout().all()) {
            for (int i = 0; i < p.elements(); i++) {
                double v = random.nextGaussian();
                double scaled = p.role() == Parameter.Role.NORM ? 1 + 0.2 * v : v / Math.sqrt(p.columns());
                set(memory.address(p), i, (float) scaled);
            }
        }
        return memory;
    }

    /** A batch of segments of the given lengths with random tokens; about a fifth of the rows have no target. */
    public static Batch batch(TransformerConfig config, long seed, int... lengths) {
        SplittableRandom random = new SplittableRandom(seed);
        Batch batch = new Batch(Arrays.stream(lengths).sum());
        for (int length : lengths) {
            batch.beginSegment();
            for (int i = 0; i < length; i++) {
                int target = random.nextInt(5) == 0 ? Batch.NO_TARGET : random.nextInt(config.vocabulary());
                batch.add(random.nextInt(config.vocabulary()), target, 0.1f + random.nextFloat());
            }
        }
        return batch;
    }

    /** All tensors as doubles. */
    public static double[][] doubles(ParameterMemory memory) {
        List<Parameter> all = memory.layout().all();
        double[][] values = new double[all.size()][];
        for (int t = 0; t < values.length; t++) {
            values[t] = new double[(int) all.get(t).elements()];
            for (int i = 0; i < values[t].length; i++) {
                values[t][i] = get(memory.address(all.get(t)), i);
            }
        }
        return values;
    }

    /** The bits of everything. */
    public static int[] bits(ParameterMemory memory) {
        int[] bits = new int[(int) (memory.region().bytes() / 4)];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(get(memory.region().address(), i));
        }
        return bits;
    }

    public static float get(long address, long index) {
        return Memory.ALL.get(JAVA_FLOAT_UNALIGNED, address + 4 * index);
    }

    public static void set(long address, long index, float value) {
        Memory.ALL.set(JAVA_FLOAT_UNALIGNED, address + 4 * index, value);
    }
}
