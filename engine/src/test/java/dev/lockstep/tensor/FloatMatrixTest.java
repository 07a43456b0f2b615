package dev.lockstep.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FloatMatrixTest {
    @Test
    void withoutPaddingAPitchIsARow() {
        assertThat(new FloatMatrix(64, 3, 5)).isEqualTo(new FloatMatrix(64, 3, 5, 20));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    64 | 0 | 5 | 20 | a matrix of 0 × 5 floats, must have at least 1 × 1
                    64 | 3 | 0 | 20 | a matrix of 3 × 0 floats, must have at least 1 × 1
                    64 | 3 | 5 | 16 | a pitch of 16 bytes for rows of 5 floats, must be a multiple of 4 and at least 20
                    64 | 3 | 5 | 22 | a pitch of 22 bytes for rows of 5 floats, must be a multiple of 4 and at least 20
                    0  | 3 | 5 | 20 | a matrix at address 0, must be a multiple of 4 above 0
                    66 | 3 | 5 | 20 | a matrix at address 66, must be a multiple of 4 above 0
                    64 | 3 | 5 | 4611686018427387904 | a matrix of 3 rows of 4611686018427387904 bytes at address 64, \
                    must end below 2^63
                    """)
    void whatCannotBeIsRefused(long address, int rows, int columns, long pitch, String message) {
        assertThatThrownBy(() -> new FloatMatrix(address, rows, columns, pitch))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
