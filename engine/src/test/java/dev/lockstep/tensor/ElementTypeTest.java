package dev.lockstep.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElementTypeTest {
    /** Bytes of a row of 256 elements, summed up from the fields of ggml's block structures. */
    @ParameterizedTest
    @CsvSource({
        "F32,1024",
        "F16,512",
        "BF16,512",
        "F64,2048",
        "I8,256",
        "I16,512",
        "I32,1024",
        "I64,2048",
        "Q4_0,144",
        "Q4_1,160",
        "Q5_0,176",
        "Q5_1,192",
        "Q8_0,272",
        "Q8_1,288",
        "Q2_K,84",
        "Q3_K,110",
        "Q4_K,144",
        "Q5_K,176",
        "Q6_K,210",
        "Q8_K,292",
        "IQ1_S,50",
        "IQ1_M,56",
        "IQ2_XXS,66",
        "IQ2_XS,74",
        "IQ2_S,82",
        "IQ3_XXS,98",
        "IQ3_S,110",
        "IQ4_NL,144",
        "IQ4_XS,136",
        "TQ1_0,54",
        "TQ2_0,66",
        "MXFP4,136",
        "NVFP4,144",
        "Q1_0,36",
        "Q2_0,72",
    })
    void aRowOf256ElementsHasTheLengthOfTheFormat(ElementType type, long bytes) {
        assertThat(type.bytes(256)).isEqualTo(bytes);
        assertThat(type.bytes(0)).isZero();
        assertThat(type.bytes(256L << 40)).isEqualTo(bytes << 40);
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void everyTypeIsFoundByItsId(ElementType type) {
        assertThat(ElementType.ofId(type.id())).contains(type);
        assertThat(type.isQuantised()).isEqualTo(type.blockSize() > 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 4, 5, 31, 32, 33, 36, 37, 38, 43, 1000, Integer.MAX_VALUE})
    void idsOfNoTypeAreAbsent(int id) {
        assertThat(ElementType.ofId(id)).isEmpty();
    }

    @Test
    void tornBlocksAndNegativeCountsAreRefused() {
        assertThatThrownBy(() -> ElementType.Q4_K.bytes(255))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a Q4_K tensor cannot hold 255 elements: its blocks hold 256");
        assertThatThrownBy(() -> ElementType.F32.bytes(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1 elements");
    }

    @Test
    void lengthsThatDoNotFitAreRefused() {
        long most = Long.MAX_VALUE / 8;
        assertThat(ElementType.F64.bytes(most)).isEqualTo(most * 8);
        assertThatThrownBy(() -> ElementType.F64.bytes(most + 1)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> ElementType.Q8_0.bytes(Long.MAX_VALUE & -32)).isInstanceOf(ArithmeticException.class);
    }
}
