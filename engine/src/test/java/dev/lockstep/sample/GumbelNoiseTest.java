package dev.lockstep.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.kernel.Philox;
import dev.lockstep.kernel.SamplingKernels;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GumbelNoiseTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theBoundIsNeverBelowTheNoiseOfRandomBits(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            // Shifting in ones makes long runs of leading ones as likely as short ones.
            checkBound(random.nextInt() | ~(-1 >>> random.nextInt(32)), seed);
        }
    }

    @Test
    void theBoundIsNeverBelowTheNoiseOfEdgeBits() {
        for (int ones = 0; ones <= 32; ones++) {
            int leadingOnes = ones == 0 ? 0 : -1 << 32 - ones;
            for (int delta = -2; delta <= 2; delta++) {
                checkBound(leadingOnes + delta, 0);
                checkBound((leadingOnes | -1 >>> ones / 2) + delta, 0);
            }
        }
        for (int bits : new int[] {0, 1, -1, -2, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            checkBound(bits, 0);
        }
    }

    private static void checkBound(int bits, long seed) {
        double noise = GumbelNoise.noise(bits);
        assertThat(noise).as("seed %d, noise of %08x", seed, bits).isFinite();
        // The bound's last term leaves room for the roundings of sums and comparisons with it.
        assertThat((double) SamplingKernels.bound(bits))
                .as("seed %d, bound of %08x", seed, bits)
                .isGreaterThan(noise + 0.0009);
    }

    @Test
    void theBoundIsCloseEnoughToRuleTokensOut() {
        assertThat(SamplingKernels.bound(0)).as("of the smallest noise").isLessThan(0.7f);
        assertThat((double) SamplingKernels.bound(-1))
                .as("of the largest noise")
                .isFinite();
    }

    @Test
    void noiseRisesWithItsBits() {
        double last = Double.NEGATIVE_INFINITY;
        for (long bits = 0; bits < 1L << 32; bits += 65_537) {
            double noise = GumbelNoise.noise((int) bits);
            assertThat(noise).as("noise of %08x", bits).isGreaterThan(last);
            last = noise;
        }
    }

    /** Mean γ and variance π²/6; the limits are five standard errors of 200 000 samples. */
    @Test
    void noiseHasTheMomentsOfAStandardGumbelDistribution() {
        GumbelNoise noise = new GumbelNoise();
        double sum = 0;
        double squares = 0;
        int count = 200_000;
        for (int i = 0; i < count; i++) {
            noise.at(42, i / 1_000);
            double x = GumbelNoise.noise(noise.bits(i % 1_000));
            sum += x;
            squares += x * x;
        }
        double mean = sum / count;
        double variance = Math.PI * Math.PI / 6;
        assertThat(mean).isCloseTo(0.5772156649, within(5 * Math.sqrt(variance / count)));
        // The fourth central moment of the distribution is 5.4 times the squared variance.
        assertThat(squares / count - mean * mean).isCloseTo(variance, within(5 * variance * Math.sqrt(4.4 / count)));
    }

    /** The documented counter: block id ÷ 4 at the position, under the seed; word id modulo 4. */
    @Test
    void bitsAreThoseOfTheDocumentedCounterInAnyOrder() {
        Random random = new Random(7);
        GumbelNoise noise = new GumbelNoise();
        Philox philox = new Philox();
        for (int i = 0; i < 10_000; i++) {
            long seed = random.nextLong();
            int position = random.nextInt(1 << 24);
            noise.at(seed, position);
            for (int j = 0; j < 3; j++) {
                int token = random.nextInt(j == 0 ? 4 : 200_000);
                philox.compute(seed, token / 4, position, 0, 0);
                assertThat(noise.bits(token))
                        .as("seed %d, position %d, token %d", seed, position, token)
                        .isEqualTo(philox.word(token % 4));
            }
        }
    }
}
