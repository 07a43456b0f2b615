package dev.lockstep.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GgufTypeTest {
    @Test
    void idsAreDenseAndThoseOfTheFormat() {
        for (GgufType type : GgufType.values()) {
            assertThat(type.id()).as(type.name()).isEqualTo(type.ordinal());
            assertThat(GgufType.ofId(type.id())).isSameAs(type);
        }
        assertThat(GgufType.BOOL.id()).isEqualTo(7);
        assertThat(GgufType.STRING.id()).isEqualTo(8);
        assertThat(GgufType.ARRAY.id()).isEqualTo(9);
        assertThat(GgufType.FLOAT64.id()).isEqualTo(12);
    }

    @Test
    void otherIdsAreAbsent() {
        assertThat(GgufType.ofId(-1)).isNull();
        assertThat(GgufType.ofId(13)).isNull();
        assertThat(GgufType.ofId(Integer.MIN_VALUE)).isNull();
    }

    @Test
    void kindsAndNames() {
        assertThat(GgufType.UINT64.isInteger()).isTrue();
        assertThat(GgufType.BOOL.isInteger()).isFalse();
        assertThat(GgufType.FLOAT64.isFloat()).isTrue();
        assertThat(GgufType.INT8.isFloat()).isFalse();
        assertThat(GgufType.UINT32).hasToString("uint32");
    }
}
