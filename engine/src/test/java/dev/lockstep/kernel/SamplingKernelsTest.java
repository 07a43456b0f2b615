package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SamplingKernelsTest {
    private static final int[] SIZES = {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 255, 256, 257, 511, 513, 1023, 4098, 8192};

    private final SamplingKernels scalar = new ScalarSamplingKernels();

    static Stream<SamplingKernels> tiers() {
        Stream<SamplingKernels> chosen = Stream.of(KernelTier.SCALAR, KernelTier.VECTOR, KernelTier.NATIVE)
                .map(tier -> tier.choose().samplingKernels());
        boolean x86 = System.getProperty("os.arch").equals("amd64");
        return x86 ? Stream.concat(chosen, Stream.of(new NativeSamplingKernels(NativeLibrary.AVX2))) : chosen;
    }

    private static float[] random(Random random, int n, int distinct) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = distinct == 0 ? (float) random.nextGaussian() * 10 : random.nextInt(distinct) - distinct / 2;
        }
        return x;
    }

    private static int largest(SamplingKernels tier, float... x) {
        return tier.largest(MemorySegment.ofArray(x), x.length);
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void findsTheFirstOfTheLargest(SamplingKernels tier) {
        for (int n : SIZES) {
            for (int distinct : new int[] {0, 1, 2, 3, 50}) {
                float[] x = random(new Random(n), n, distinct);
                int best = 0;
                for (int i = 1; i < n; i++) {
                    best = x[i] > x[best] ? i : best;
                }
                assertThat(largest(tier, x)).as("%d of %d values", n, distinct).isEqualTo(best);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void findsTheLargestWhereverItStands(SamplingKernels tier) {
        for (int n : new int[] {1, 15, 16, 17, 300, 600}) {
            for (int at = 0; at < n; at++) {
                float[] x = new float[n];
                x[at] = Float.MIN_VALUE;
                assertThat(largest(tier, x)).as("%d of %d", at, n).isEqualTo(at);
                x[at] = -1;
                assertThat(largest(tier, x)).as("%d of %d", at, n).isEqualTo(at == 0 && n > 1 ? 1 : 0);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void zeroesOfEitherSignAreEqual(SamplingKernels tier) {
        assertThat(largest(tier, -0f, 0f, -1)).isZero();
        float[] x = new float[40];
        Arrays.fill(x, -0f);
        x[37] = 0;
        assertThat(largest(tier, x)).isZero();
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void tellsTheFirstNumberThatIsNotFinite(SamplingKernels tier) {
        float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.intBitsToFloat(0xFFC01234)};
        for (int n : SIZES) {
            Random random = new Random(n);
            for (float value : bad) {
                float[] x = random(random, n, 0);
                int first = random.nextInt(n);
                x[first] = value;
                x[n - 1] = value;
                assertThat(largest(tier, x))
                        .as("%s at %d of %d", value, first, n)
                        .isEqualTo(~first);
            }
        }
        assertThat(largest(tier, Float.MAX_VALUE, -Float.MAX_VALUE)).isZero();
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void readsMemoryOffTheHeapToo(SamplingKernels tier) {
        float[] x = random(new Random(5), 777, 0);
        MemorySegment copy = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, x);
        assertThat(tier.largest(copy, 777)).isEqualTo(largest(tier, x));
        assertThat(tier.largest(copy.asSlice(4), 700)).isEqualTo(scalar.largest(copy.asSlice(4), 700));
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void everyTokenContendsAgainstNothingAndBringsItsBits(SamplingKernels tier) {
        Random random = new Random(11);
        Philox philox = new Philox();
        int vocabulary = 1_000;
        MemorySegment logits = MemorySegment.ofArray(random(random, vocabulary, 0));
        for (int count : new int[] {0, 1, 2, 3, 4, 5, 31, 32, 33, 64, 100, 255, 256}) {
            for (int round = 0; round < 20; round++) {
                long seed = random.nextLong();
                int position = random.nextInt();
                int from = 4 * random.nextInt((vocabulary - count) / 4 + 1);
                int[] out = new int[2 * SamplingKernels.PIECE];
                assertThat(tier.contenders(
                                seed,
                                position,
                                logits,
                                from,
                                count,
                                Float.NEGATIVE_INFINITY,
                                Float.NEGATIVE_INFINITY,
                                MemorySegment.ofArray(out)))
                        .isEqualTo(count);
                for (int i = 0; i < count; i++) {
                    philox.compute(seed, (from + i) / 4, position, 0, 0);
                    assertThat(out[2 * i]).isEqualTo(from + i);
                    assertThat(out[2 * i + 1])
                            .as("seed %d, position %d, token %d", seed, position, from + i)
                            .isEqualTo(philox.word((from + i) % 4));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void contendersAreTheSameInEveryTier(SamplingKernels tier) {
        int some = 0;
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(SamplingKernels.PIECE);
            float[] x = random(random, SamplingKernels.PIECE + 4, seed % 3 == 0 ? 5 : 0);
            x[random.nextInt(x.length)] = Float.NEGATIVE_INFINITY;
            x[random.nextInt(x.length)] = -3e38f;
            float threshold = seed % 2 == 0 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian();
            float best = random.nextFloat() * 20 - 5;
            int[] mine = new int[2 * SamplingKernels.PIECE];
            int[] theirs = new int[2 * SamplingKernels.PIECE];
            MemorySegment logits = MemorySegment.ofArray(x);
            int wanted =
                    scalar.contenders(seed, seed * 7, logits, 4, count, threshold, best, MemorySegment.ofArray(theirs));
            assertThat(tier.contenders(seed, seed * 7, logits, 4, count, threshold, best, MemorySegment.ofArray(mine)))
                    .as("seed %d", seed)
                    .isEqualTo(wanted);
            assertThat(mine).as("seed %d", seed).isEqualTo(theirs);
            some += wanted > 0 && wanted < count ? 1 : 0;
        }
        assertThat(some).as("cases in which some contend and some do not").isGreaterThan(100);
    }
}
