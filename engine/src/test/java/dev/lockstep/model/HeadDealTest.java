package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.cache.KvCache;
import dev.lockstep.cache.KvShape;
import dev.lockstep.cache.PageTable;
import dev.lockstep.tensor.ElementType;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HeadDealTest {
    private static Step step(PageTable[] tables, int... sequences) {
        Step step = new Step(sequences.length, 1);
        int[] positions = new int[tables.length];
        for (int sequence : sequences) {
            step.add(tables[sequence], positions[sequence]++, 0, false);
        }
        return step;
    }

    private static PageTable[] tables(KvCache cache, int count) {
        return IntStream.range(0, count).mapToObj(_ -> new PageTable(cache, 64)).toArray(PageTable[]::new);
    }

    private static KvCache cache() {
        return new KvCache(new KvShape(ElementType.F32, 1, 1, 1), 1);
    }

    @ParameterizedTest
    @CsvSource({"1, 3, true", "2, 4, true", "3, 3, true", "2, 3, false", "4, 2, false", "3, 4, false"})
    void rowsOfOneSequenceNeedHeadsThatKeepTheirWorker(int workers, int kvHeads, boolean own) {
        try (KvCache cache = cache()) {
            PageTable[] tables = tables(cache, 3);
            HeadDeal deal = new HeadDeal(workers, kvHeads, 32);
            assertThat(deal.attendsToOwn(step(tables, 1, 1))).isEqualTo(own);
            assertThat(deal.attendsToOwn(step(tables, 0, 1, 2, 0))).isEqualTo(own);
            assertThat(deal.attendsToOwn(step(tables, 2))).isTrue();
            assertThat(deal.attendsToOwn(step(tables, 2, 0, 1))).isTrue();
        }
    }

    static IntStream seeds() {
        Integer only = Integer.getInteger("lockstep.seed");
        return only == null ? IntStream.rangeClosed(1, 200) : IntStream.of(only);
    }

    /** Who stores and who reads, pair by pair: a yes must be right, and a no have a reason. */
    @ParameterizedTest
    @MethodSource("seeds")
    void isSoWhereItSays(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int workers = random.nextInt(1, 6);
        int kvHeads = random.nextInt(1, 9);
        int[] sequences = random.ints(random.nextInt(1, 6), 0, 8).toArray();
        boolean crossed = false;
        for (int reader = 0; reader < sequences.length; reader++) {
            for (int writer = 0; writer < reader; writer++) {
                for (int head = 0; head < kvHeads; head++) {
                    boolean sees = sequences[writer] == sequences[reader];
                    int stores = (writer * kvHeads + head) % workers;
                    int attends = (reader * kvHeads + head) % workers;
                    crossed |= sees && stores != attends;
                }
            }
        }
        try (KvCache cache = cache()) {
            boolean own = new HeadDeal(workers, kvHeads, 32).attendsToOwn(step(tables(cache, 8), sequences));
            assertThat(own && crossed).as("seed %d", seed).isFalse();
            boolean shared = IntStream.of(sequences).distinct().count() < sequences.length;
            assertThat(own).as("seed %d", seed).isEqualTo(kvHeads % workers == 0 || !shared);
        }
    }

    @Test
    void queriesOfAPairAreWholeBlocksOrNot() {
        assertThat(new HeadDeal(2, 4, 64).wholeBlocks()).isTrue();
        assertThat(new HeadDeal(2, 4, 48).wholeBlocks()).isFalse();
    }
}
