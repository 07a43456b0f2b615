package dev.lockstep.bench.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RooflineTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void measuresThisMachine(int threads) {
        Roofline roofline = Roofline.measure(threads, 4 << 20);
        assertThat(roofline.threads()).isEqualTo(threads);
        assertThat(roofline.instructions()).isNotBlank();
        assertThat(roofline.bytesPerSecond()).isFinite().isPositive();
        assertThat(roofline.multiplyAddsPerSecond()).isFinite().isPositive();
        if (roofline.instructions().startsWith("native")) {
            assertThat(roofline.byteDotsPerSecond().orElseThrow()).isFinite().isPositive();
        } else {
            assertThat(roofline.byteDotsPerSecond()).isEmpty();
        }
    }

    @Test
    void measuresThisMachineBriefly() {
        Roofline roofline = Roofline.brief(2);
        assertThat(roofline.threads()).isEqualTo(2);
        assertThat(roofline.bytesPerSecond()).isFinite().isPositive();
        assertThat(roofline.multiplyAddsPerSecond()).isFinite().isPositive();
    }

    @Test
    void theBetterOfTwoHasTheHigherFigures() {
        Roofline first = new Roofline("x", 2, 10, 200, OptionalDouble.of(3));
        Roofline second = new Roofline("x", 2, 20, 100, OptionalDouble.of(4));
        assertThat(first.orBetter(second)).isEqualTo(new Roofline("x", 2, 20, 200, OptionalDouble.of(4)));
        Roofline none = new Roofline("x", 2, 1, 1, OptionalDouble.empty());
        assertThat(none.orBetter(none).byteDotsPerSecond()).isEmpty();
    }

    @Test
    void aBufferThatIsTooSmallIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Roofline.measure(1, 1_000))
                .withMessageContaining("1000");
    }
}
