package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ElementaryTest {
    @Test
    void expIsWithinTwoUlpOverItsRange() {
        float worst = 0;
        for (float x = Elementary.EXP_MIN; x <= Elementary.EXP_MAX; x += 0.00137f) {
            double exact = StrictMath.exp(x);
            worst = Math.max(worst, (float) (Math.abs(Elementary.exp(x) - exact) / Math.ulp((float) exact)));
        }
        assertThat(worst).isLessThan(2f);
    }

    @Test
    void expAtTheEdges() {
        assertThat(Elementary.exp(0f)).isEqualTo(1f);
        assertThat(Elementary.exp(-0f)).isEqualTo(1f);
        assertThat(Elementary.exp(Math.nextDown(Elementary.EXP_MIN))).isZero();
        assertThat(Elementary.exp(-1e30f)).isZero();
        assertThat(Elementary.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(Elementary.exp(1e30f))
                .isEqualTo(Elementary.exp(Elementary.EXP_MAX))
                .isFinite();
    }

    @Test
    void siluFollowsItsDefinition() {
        for (float x = -200; x < 200; x += 0.01f) {
            double exact = x / (1 + StrictMath.exp(-x));
            assertThat((double) Elementary.silu(x))
                    .isCloseTo(exact, Offset.offset(1e-6 * Math.max(1, Math.abs(exact))));
        }
    }

    @Test
    void rintRoundsHalfToEven() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100_000; i++) {
            float x = (float) (random.nextDouble() * 256 - 128);
            assertThat(Elementary.rint(x)).isEqualTo((float) Math.rint(x));
            float half = random.nextInt(-128, 128) + 0.5f;
            assertThat(Elementary.rint(half)).isEqualTo((float) Math.rint(half));
        }
    }

    @Test
    void f16ClampsToTheFiniteRange() {
        assertThat(Float.float16ToFloat(Elementary.toF16(1e9f))).isEqualTo(65504f);
        assertThat(Float.float16ToFloat(Elementary.toF16(-1e9f))).isEqualTo(-65504f);
        assertThat(Float.float16ToFloat(Elementary.toF16(0.333f)))
                .isEqualTo(Float.float16ToFloat(Float.floatToFloat16(0.333f)));
    }

    @Test
    void sum16AddsByTheFixedTree() {
        float[] p = new float[16];
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 16; i++) {
            p[i] = (float) random.nextDouble();
        }
        float[] h = new float[8];
        for (int i = 0; i < 8; i++) {
            h[i] = p[i] + p[i + 8];
        }
        float expected = ((h[0] + h[4]) + (h[2] + h[6])) + ((h[1] + h[5]) + (h[3] + h[7]));
        assertThat(Elementary.sum16(p)).isEqualTo(expected);
    }
}
