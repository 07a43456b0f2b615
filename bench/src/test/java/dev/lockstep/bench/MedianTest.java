package dev.lockstep.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MedianTest {
    @Test
    void isTheMiddleInWhateverOrder() {
        assertThat(Median.of(5)).isEqualTo(5);
        assertThat(Median.of(9, 1, 4)).isEqualTo(4);
        assertThat(Median.of(9, 1, 4, 2)).isEqualTo(3);
    }
}
