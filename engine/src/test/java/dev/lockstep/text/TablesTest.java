package dev.lockstep.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables that tokenizers are made of, against those of the JDK. */
class TablesTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aTableKeepsTheFirstValueOfEachKey(long seed) {
        Random random = new Random(seed);
        LongTable table = new LongTable(random.nextInt(100));
        Map<Long, Long> expected = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            long key = random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(5_000) - 2_500;
            long value = random.nextLong() >>> 1;
            table.putIfAbsent(key, value);
            expected.putIfAbsent(key, value);
        }
        assertThat(table.size()).as("seed %d", seed).isEqualTo(expected.size());
        for (long key = -3_000; key < 3_000; key++) {
            assertThat(table.get(key))
                    .as("seed %d, key %d", seed, key)
                    .isEqualTo(expected.getOrDefault(key, LongTable.ABSENT));
        }
        expected.forEach((key, value) ->
                assertThat(table.get(key)).as("seed %d, key %d", seed, key).isEqualTo(value));
        assertThatThrownBy(() -> table.putIfAbsent(1, -1)).hasMessage("value -1 of key 1 is negative");
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void aHeapGivesTheLeastFirst(long seed) {
        Random random = new Random(seed);
        LongHeap heap = new LongHeap();
        PriorityQueue<Long> expected = new PriorityQueue<>();
        for (int i = 0; i < 50_000; i++) {
            if (!expected.isEmpty() && random.nextInt(5) < 2) {
                assertThat(heap.pop()).as("seed %d, step %d", seed, i).isEqualTo(expected.remove());
            } else {
                long element = random.nextInt(1_000) - 500;
                heap.push(element);
                expected.add(element);
            }
            assertThat(heap.isEmpty()).isEqualTo(expected.isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9})
    void anIndexFindsPiecesInsideText(long seed) {
        Random random = new Random(seed);
        String[] pieces = new String[300];
        for (int id = 0; id < pieces.length; id++) {
            pieces[id] = random.nextInt(20) == 0 ? "" : randomString(random, 1 + random.nextInt(6));
        }
        PieceIndex index = new PieceIndex(pieces);
        PieceIndex.Prefixes prefixes = new PieceIndex.Prefixes(60);
        for (int round = 0; round < 200; round++) {
            String text = randomString(random, 60);
            prefixes.set(text);
            for (int i = 0; i < 100; i++) {
                int start = random.nextInt(60);
                int end = Math.min(60, start + random.nextInt(7));
                String part = text.substring(start, end);
                int expected =
                        part.isEmpty() ? PieceIndex.NONE : Arrays.asList(pieces).indexOf(part);
                assertThat(index.find(text, start, end, prefixes.hash(start, end)))
                        .as("seed %d, round %d, part \"%s\"", seed, round, part)
                        .isEqualTo(expected)
                        .isEqualTo(index.find(part));
            }
        }
    }

    private static String randomString(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("ab\u0000é".charAt(random.nextInt(4)));
        }
        return text.toString();
    }
}
