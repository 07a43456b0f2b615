package dev.lockstep.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.tensor.ElementType;
import org.junit.jupiter.api.Test;

class KvShapeTest {
    @Test
    void sizesFollowFromTheShape() {
        KvShape f16 = new KvShape(ElementType.F16, 22, 4, 64);
        assertThat(f16.headBytes())
                .as("keys and values, 16 positions, 64 elements of 2 bytes")
                .isEqualTo(4_096);
        assertThat(f16.pageBytes()).isEqualTo(22 * 4 * 4_096);
        assertThat(f16.positionBytes()).isEqualTo(22 * 4 * 64 * 2 * 2);
        assertThat(new KvShape(ElementType.F32, 22, 4, 64).pageBytes()).isEqualTo(2 * f16.pageBytes());
        assertThat(f16.offset(0, 0)).isZero();
        assertThat(f16.offset(0, 3)).isEqualTo(3 * 4_096);
        assertThat(f16.offset(21, 3)).isEqualTo(f16.pageBytes() - f16.headBytes());
    }

    @Test
    void pagesAreRoundedUp() {
        assertThat(KvShape.pages(0)).isZero();
        assertThat(KvShape.pages(1)).isEqualTo(1);
        assertThat(KvShape.pages(16)).isEqualTo(1);
        assertThat(KvShape.pages(17)).isEqualTo(2);
        assertThat(KvShape.pages(Integer.MAX_VALUE)).isEqualTo(1 << 27);
    }

    @Test
    void impossibleShapesAreRefused() {
        assertThatThrownBy(() -> new KvShape(ElementType.Q8_0, 1, 1, 1))
                .hasMessage("KV cache type Q8_0, allowed are F16 and F32");
        assertThatThrownBy(() -> new KvShape(ElementType.F16, 1, 0, 8))
                .hasMessage("KV cache of 1 layers, 0 heads of 8");
    }
}
