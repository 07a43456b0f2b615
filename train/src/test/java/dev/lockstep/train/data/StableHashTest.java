package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StableHashTest {
    /** Were these to change, files would move between training and held-out text. */
    @Test
    void neverChanges() {
        assertThat(StableHash.of("")).isEqualTo(0xefd01f60ba992926L);
        assertThat(StableHash.of("java.base/java/lang/String.java")).isEqualTo(0x7dfad3f54d322443L);
        assertThat(StableHash.of("grün/ß.txt")).isEqualTo(0x97dc69f6a43acca4L);
    }

    @Test
    void choosesTheShareThatItIsAskedFor() {
        long chosen = IntStream.range(0, 100_000)
                .filter(i -> StableHash.chooses("test", "folder/file" + i + ".txt", 100))
                .count();
        // Three standard deviations of a fair draw around 1000.
        assertThat(chosen).isBetween(905L, 1095L);
    }

    @Test
    void choosesAnewForEachPurpose() {
        long both = IntStream.range(0, 100_000)
                .mapToObj(i -> "folder/file" + i + ".txt")
                .filter(path -> StableHash.chooses("one", path, 10) && StableHash.chooses("other", path, 10))
                .count();
        assertThat(both).isBetween(905L, 1095L);
    }
}
