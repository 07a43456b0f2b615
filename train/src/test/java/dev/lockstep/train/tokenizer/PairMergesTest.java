package dev.lockstep.train.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.train.Progress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PairMergesTest {
    private static WordTable words(Map<String, Integer> counts) {
        WordTable words = new WordTable();
        counts.forEach((word, count) -> {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            words.add(bytes, 0, bytes.length, count);
        });
        return words;
    }

    private static long[] learn(Map<String, Integer> counts, int most) {
        return new PairMerges(words(counts), _ -> true).learn(most, Progress.SILENT);
    }

    /** The definition itself: count all pairs anew for each merge. */
    private static long[] learnSlowly(Map<String, Integer> counts, int most) {
        Map<List<Integer>, Integer> words = new HashMap<>();
        counts.forEach((word, count) -> {
            List<Integer> symbols = new ArrayList<>();
            for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
                symbols.add(value & 0xFF);
            }
            words.put(symbols, count);
        });
        List<Long> merges = new ArrayList<>();
        while (merges.size() < most) {
            Map<Long, Integer> pairs = new HashMap<>();
            words.forEach((word, count) -> {
                for (int i = 0; i + 1 < word.size(); i++) {
                    pairs.merge(PairTable.pair(word.get(i), word.get(i + 1)), count, Integer::sum);
                }
            });
            long best = -1;
            for (var pair : pairs.entrySet()) {
                int lead = best < 0 ? 1 : Integer.compare(pair.getValue(), pairs.get(best));
                best = lead > 0 || lead == 0 && pair.getKey() < best ? pair.getKey() : best;
            }
            if (best < 0 || pairs.get(best) < 2) {
                break;
            }
            for (List<Integer> word : List.copyOf(words.keySet())) {
                int count = words.remove(word);
                words.put(merged(word, best, 256 + merges.size()), count);
            }
            merges.add(best);
        }
        return merges.stream().mapToLong(Long::longValue).toArray();
    }

    private static List<Integer> merged(List<Integer> word, long pair, int symbol) {
        List<Integer> merged = new ArrayList<>();
        for (int i = 0; i < word.size(); i++) {
            boolean here = i + 1 < word.size() && PairTable.pair(word.get(i), word.get(i + 1)) == pair;
            merged.add(here ? symbol : word.get(i));
            i += here ? 1 : 0;
        }
        return merged;
    }

    @ParameterizedTest
    @MethodSource("dev.lockstep.train.Seeds#all")
    void agreesWithTheDefinition(long seed) {
        Random random = new Random(seed);
        for (String alphabet : new String[] {"a", "ab", "abc ", "abcdefgh", "aé€\uD83D\uDE00"}) {
            Map<String, Integer> counts = new HashMap<>();
            int[] letters = alphabet.codePoints().toArray();
            for (int i = 0; i < 60; i++) {
                StringBuilder word = new StringBuilder();
                for (int length = 1 + random.nextInt(24); length > 0; length--) {
                    word.appendCodePoint(letters[random.nextInt(letters.length)]);
                }
                counts.merge(word.toString(), 1 + random.nextInt(3), Integer::sum);
            }
            for (int most : new int[] {0, 1, 40, 100_000}) {
                assertThat(learn(counts, most))
                        .as("alphabet %s, %d merges", alphabet, most)
                        .isEqualTo(learnSlowly(counts, most));
            }
        }
    }

    @Test
    void equalCountsAreDecidedByTheIds() {
        assertThat(learn(Map.of("ba", 2, "ab", 2, "ac", 2), 3))
                .containsExactly(PairTable.pair('a', 'b'), PairTable.pair('a', 'c'), PairTable.pair('b', 'a'));
    }

    @Test
    void whatComesOnceIsNoToken() {
        assertThat(learn(Map.of("abc", 1, "xyz", 2), 100))
                .containsExactly(PairTable.pair('x', 'y'), PairTable.pair(256, 'z'));
        assertThat(learn(Map.of(), 100)).isEmpty();
    }

    @Test
    void aPairThatMayNotBeMergedIsPassedOver() {
        long forbidden = PairTable.pair('a', 'b');
        long[] merges = new PairMerges(words(Map.of("abc", 9)), pair -> pair != forbidden).learn(9, Progress.SILENT);
        assertThat(merges).containsExactly(PairTable.pair('b', 'c'), PairTable.pair('a', 256));
    }
}
