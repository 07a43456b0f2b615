package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every tier against the scalar tier, bit for bit; the scalar tier's gradients against central differences in double. A
 * failure names its size or seed.
 */
class GradientKernelsTest {
    private static final int[] SIZES = {1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 47, 64, 65, 255, 256, 1023, 4098};
    private static final float EPSILON = 1e-5f;
    private static final double STEP = 1e-5;

    private final GradientKernels scalar = KernelTier.SCALAR.choose().gradientKernels();
    private final Buffers buffers = new Buffers();

    @AfterEach
    void release() {
        buffers.close();
    }

    static Stream<GradientKernels> tiers() {
        Stream<GradientKernels> chosen = Stream.of(KernelTier.VECTOR, KernelTier.NATIVE)
                .map(tier -> tier.choose().gradientKernels());
        boolean x86 = System.getProperty("os.arch").equals("amd64");
        return x86 ? Stream.concat(chosen, Stream.of(new NativeGradientKernels(NativeLibrary.AVX2))) : chosen;
    }

    /** One operation on buffers of n floats, which it may change; the result is one more float. */
    @FunctionalInterface
    private interface Operation {
        float run(GradientKernels k, long[] x, int n);
    }

    private void sameBits(GradientKernels tier, int operands, float scale, Operation operation) {
        for (int n : SIZES) {
            try (Buffers b = new Buffers()) {
                SplittableRandom random = new SplittableRandom(n);
                long[] mine = new long[operands];
                long[] theirs = new long[operands];
                for (int i = 0; i < operands; i++) {
                    mine[i] = b.random(random, n, scale);
                    theirs[i] = b.copy(mine[i], n);
                }
                assertThat(operation.run(tier, theirs, n)).as("size %d", n).isEqualTo(operation.run(scalar, mine, n));
                for (int i = 0; i < operands; i++) {
                    assertThat(Buffers.bits(theirs[i], n))
                            .as("size %d, operand %d", n, i)
                            .isEqualTo(Buffers.bits(mine[i], n));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void softmax(GradientKernels tier) {
        for (float scale : new float[] {1e-3f, 3, 200}) {
            sameBits(tier, 2, scale, (k, x, n) -> {
                int seen = n - n / 3;
                float sum = k.exponentials(x[0], seen, n, 0.7f, k.max(x[0], seen) * 0.7f);
                k.softmaxGradient(x[0], x[1], seen, n, sum, 0.3f);
                return sum;
            });
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void probabilitiesTooSmallToMatterAreZeroAndNoGradientIsSubnormal(GradientKernels tier) {
        int n = 45;
        long scores = buffers.random(new SplittableRandom(1), n, 100);
        long d = buffers.random(new SplittableRandom(2), n, 1e-12f);
        float sum = tier.exponentials(scores, n, n, 1, tier.max(scores, n));
        tier.softmaxGradient(scores, d, n, n, sum, 0.125f);
        assertThat(DoubleStream.of(doubles(scores, n)))
                .contains(0.0)
                .allMatch(p -> p == 0 || p >= GradientKernels.LEAST_PROBABILITY);
        assertThat(DoubleStream.of(doubles(d, n))).allMatch(x -> x == 0 || Math.abs(x) >= Float.MIN_NORMAL);
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void elementwise(GradientKernels tier) {
        for (float scale : new float[] {1e-20f, 3, 120}) {
            sameBits(tier, 3, scale, (k, x, n) -> {
                k.swigluGradient(x[0], x[1], x[2], n);
                return 0;
            });
            sameBits(tier, 2, scale, (k, x, n) -> {
                k.blend(x[0], 0.3f, x[1], -1.7f, n);
                k.divide(x[0], n, 0.7f);
                k.scale(x[1], n, 0.7f);
                return 0;
            });
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void norm(GradientKernels tier) {
        for (float scale : new float[] {1e-10f, 1, 1e4f}) {
            sameBits(tier, 4, scale, (k, x, n) -> {
                float r = k.rmsNormGradient(x[0], x[1], x[2], n, EPSILON, x[3]);
                k.normWeightGradient(x[0], r, x[2], n, x[1]);
                return r;
            });
        }
    }

    @Test
    void softmaxGradientIsTheSlope() {
        seeds().forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int n = random.nextInt(2, 40);
            float scale = random.nextFloat() + 0.5f;
            long scores = buffers.random(random, n, 3);
            long d = buffers.random(random, n, 1);
            double[] x = doubles(scores, n);
            double[] out = doubles(d, n);
            float sum = scalar.exponentials(scores, n, n, scale, scalar.max(scores, n) * scale);
            scalar.softmaxGradient(scores, d, n, n, sum, scale);
            check(seed, d, x, values -> {
                double total = 0;
                double weighted = 0;
                for (int i = 0; i < n; i++) {
                    total += Math.exp(values[i] * scale);
                    weighted += Math.exp(values[i] * scale) * out[i];
                }
                return weighted / total;
            });
        });
    }

    @Test
    void swigluGradientIsTheSlope() {
        seeds().forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int n = random.nextInt(1, 40);
            long gate = buffers.random(random, n, 6);
            long up = buffers.random(random, n, 2);
            long d = buffers.random(random, n, 1);
            double[] g = doubles(gate, n);
            double[] u = doubles(up, n);
            double[] out = doubles(d, n);
            ToDoubleFunction<double[]> ofGate = values -> swiglu(values, u, out);
            ToDoubleFunction<double[]> ofUp = values -> swiglu(g, values, out);
            scalar.swigluGradient(gate, up, d, n);
            for (int i = 0; i < n; i++) {
                assertThat((double) Buffers.get(d, i)).isCloseTo(silu(g[i]) * u[i], Offset.offset(1e-5));
            }
            check(seed, gate, g, ofGate);
            check(seed, up, u, ofUp);
        });
    }

    private static double swiglu(double[] gate, double[] up, double[] d) {
        double sum = 0;
        for (int i = 0; i < gate.length; i++) {
            sum += d[i] * silu(gate[i]) * up[i];
        }
        return sum;
    }

    private static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    @Test
    void normGradientsAreTheSlopes() {
        seeds().forEach(seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            int n = random.nextInt(1, 40);
            long x = buffers.random(random, n, 2);
            long weight = buffers.random(random, n, 2);
            long d = buffers.random(random, n, 1);
            long dx = buffers.bytes(4L * n);
            long dWeight = buffers.bytes(4L * n);
            double[] inputs = doubles(x, n);
            double[] weights = doubles(weight, n);
            double[] out = doubles(d, n);
            float r = scalar.rmsNormGradient(x, weight, d, n, EPSILON, dx);
            scalar.normWeightGradient(x, r, d, n, dWeight);
            check(seed, dx, inputs, values -> norm(values, weights, out));
            check(seed, dWeight, weights, values -> norm(inputs, values, out));
        });
    }

    private static double norm(double[] x, double[] weight, double[] d) {
        double squares = 0;
        for (double v : x) {
            squares += v * v;
        }
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += d[i] * weight[i] * x[i] / Math.sqrt(squares / x.length + EPSILON);
        }
        return sum;
    }

    private static IntStream seeds() {
        Integer only = Integer.getInteger("lockstep.seed");
        return only == null ? IntStream.range(0, 20) : IntStream.of(only);
    }

    private static double[] doubles(long address, int n) {
        return IntStream.range(0, n).mapToDouble(i -> Buffers.get(address, i)).toArray();
    }

    /** The gradients at an address against the slopes of a function at x. */
    private static void check(int seed, long gradients, double[] x, ToDoubleFunction<double[]> function) {
        double error = 0;
        double length = 0;
        for (int i = 0; i < x.length; i++) {
            double old = x[i];
            x[i] = old + STEP;
            double above = function.applyAsDouble(x);
            x[i] = old - STEP;
            double below = function.applyAsDouble(x);
            x[i] = old;
            double slope = (above - below) / (2 * STEP);
            error += (Buffers.get(gradients, i) - slope) * (Buffers.get(gradients, i) - slope);
            length += slope * slope;
        }
        assertThat(Math.sqrt(error)).as("seed %d", seed).isLessThan(1e-5 * Math.sqrt(length) + 1e-6);
    }
}
