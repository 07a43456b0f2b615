package dev.lockstep.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NearDuplicatesTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int[] signature(String text) {
        return MinHash.signature(bytes(text), 0);
    }

    private static double jaccard(String a, String b) {
        Set<Long> both = shingles(a);
        Set<Long> any = shingles(b);
        both.retainAll(shingles(b));
        any.addAll(shingles(a));
        return (double) both.size() / any.size();
    }

    private static Set<Long> shingles(String text) {
        Set<Long> shingles = new HashSet<>();
        Shingles.forEach(bytes(text), 0, MinHash.SHINGLE_WORDS, shingles::add);
        return shingles;
    }

    @ParameterizedTest
    @MethodSource("dev.lockstep.train.Seeds#all")
    void signaturesAgreeAsFarAsTheTextsDo(long seed) {
        String common = Texts.program(seed, 200);
        for (int own : new int[] {0, 10, 50, 100, 200, 400}) {
            String a = common + Texts.program(seed + 100, own);
            String b = common + Texts.program(seed + 200, own);
            // Four standard errors of an estimate from 128 places.
            assertThat(MinHash.similarity(signature(a), signature(b)))
                    .as("%d statements of their own", own)
                    .isEqualTo(jaccard(a, b), within(0.18));
        }
        assertThat(MinHash.similarity(signature(common), signature(common))).isEqualTo(1);
    }

    @Test
    void wordsAndTheirOrderCountAndNothingBetweenThem() {
        assertThat(signature("int a = b + c; // d é")).isEqualTo(signature("int\n\ta(b,c)\r\nd\né"));
        assertThat(signature("int a = b + c; // d e")).isNotEqualTo(signature("int a = c + b; // d e"));
        assertThat(signature("fewer than five words").length).isZero();
    }

    @ParameterizedTest
    @MethodSource("dev.lockstep.train.Seeds#all")
    void keepsOneOfEachFamily(long seed) {
        NearDuplicates seen = new NearDuplicates(0.6);
        String family = Texts.program(seed, 300);
        assertThat(seen.keep(signature(family))).isTrue();
        assertThat(seen.keep(signature(family))).isFalse();
        assertThat(seen.keep(signature(family.replace("left100", "right100")))).isFalse();
        assertThat(seen.keep(signature(family + Texts.program(seed + 1, 30)))).isFalse();
        assertThat(seen.keep(signature(Texts.program(seed + 1, 300)))).isTrue();
        assertThat(seen.keep(new int[0])).isTrue();
        assertThat(seen.keep(new int[0])).isTrue();
    }
}
