package dev.lockstep.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sequences that come, grow, are cut and go at random while pages are scarce, against {@link NaiveCache}.
 *
 * <p>A position's "keys and values" are 8 bytes that depend on the salt and all tokens up to it, so that a page that
 * reaches a sequence of other tokens or another salt is seen at once.
 */
class PageSharingModelTest {
    /** 2 · 16 positions · 4 bytes: 8 bytes for each position. */
    private static final KvShape SHAPE = new KvShape(ElementType.F32, 1, 1, 1);

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int LENGTH_MAX = 128;
    private static final int TURNS = 2_000;

    /** A sequence of the cache and its twin. */
    private static final class Sequence {
        final int[] tokens;
        final long salt;
        final long[] marks;
        final PageTable table;
        final NaiveCache.Table twin = new NaiveCache.Table();
        int computed;

        Sequence(int[] tokens, long salt, PageTable table) {
            this.tokens = tokens;
            this.salt = salt;
            this.marks = marks(tokens, salt);
            this.table = table;
        }

        /** What is stored for each position. */
        private static long[] marks(int[] tokens, long salt) {
            long[] marks = new long[tokens.length];
            long mark = salt;
            for (int p = 0; p < tokens.length; p++) {
                mark = mark * 0x5851F42D4C957F2DL + tokens[p] + 1;
                marks[p] = mark | 1;
            }
            return marks;
        }
    }

    private SplittableRandom random;
    private KvCache cache;
    private NaiveCache naive;
    private final List<Sequence> sequences = new ArrayList<>();
    private String what;

    static LongStream seeds() {
        Long only = Long.getLong("lockstep.seed");
        return only == null ? LongStream.rangeClosed(1, 6) : LongStream.of(only);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void doesWhatTheNaiveCacheDoes(long seed) {
        random = new SplittableRandom(seed);
        int pages = random.nextInt(3, 33);
        cache = new KvCache(SHAPE, pages, new PrefixTree(pages, seed));
        naive = new NaiveCache(pages);
        for (int turn = 0; turn < TURNS; turn++) {
            what = "seed " + seed + ", turn " + turn;
            turn();
            checkCounts();
            checkPages();
        }
        assertThat(naive.hits).as("%s: pages hit", what).isGreaterThan(100);
        assertThat(naive.evicted).as("%s: pages evicted", what).isGreaterThan(100);
        checkEnd(pages);
    }

    private void turn() {
        int choice = sequences.isEmpty() ? 0 : random.nextInt(10);
        switch (choice) {
            case 0, 1 -> begin();
            case 2, 3, 4 -> compute(any());
            case 5, 6, 7 -> publish(any());
            case 8 -> truncate(any());
            default -> release(any());
        }
    }

    private Sequence any() {
        return sequences.get(random.nextInt(sequences.size()));
    }

    /** Texts whose pages are one of two, so that many begin alike; equal pages stand under unequal parents too. */
    private int[] text() {
        int[] tokens = new int[LENGTH_MAX];
        for (int i = 0; i < LENGTH_MAX; i += 16) {
            tokens[i + 11] = random.nextInt(5) == 0 ? 1 : 0;
        }
        return tokens;
    }

    private void begin() {
        Sequence sequence = new Sequence(text(), random.nextInt(2), new PageTable(cache, LENGTH_MAX));
        int length = random.nextInt(LENGTH_MAX + 1);
        sequence.computed = sequence.table.adopt(sequence.tokens, length, sequence.salt);
        naive.adopt(sequence.twin, sequence.tokens, length, sequence.salt);
        assertThat(sequence.computed).as(what).isEqualTo(16 * sequence.twin.published);
        sequences.add(sequence);
    }

    private void compute(Sequence sequence) {
        int to = Math.min(LENGTH_MAX, sequence.computed + random.nextInt(60));
        int before = sequence.table.pages();
        boolean reserved = sequence.table.reserve(to);
        assertThat(reserved).as("%s: reserve %d", what, to).isEqualTo(naive.reserve(sequence.twin, to));
        checkZeros(sequence, before);
        if (!reserved) {
            release(any());
            return;
        }
        for (int p = sequence.computed; p < to; p++) {
            Memory.ALL.set(LONG, sequence.table.address(p) + p % 16 * 8L, sequence.marks[p]);
            NaiveCache.Page page = sequence.twin.pages.get(p / 16);
            page.written = Math.max(page.written, p % 16 + 1);
        }
        sequence.computed = to;
    }

    private void checkZeros(Sequence sequence, int from) {
        MemorySegment zeros = MemorySegment.ofArray(new byte[(int) SHAPE.pageBytes()]);
        for (int page = from; page < sequence.table.pages(); page++) {
            assertThat(Memory.ALL
                            .asSlice(sequence.table.addresses()[page], SHAPE.pageBytes())
                            .mismatch(zeros))
                    .as("%s: a new page is all zeros up to", what)
                    .isEqualTo(-1);
        }
    }

    private void publish(Sequence sequence) {
        int computed = random.nextInt(4) == 0 ? random.nextInt(sequence.computed + 1) : sequence.computed;
        sequence.table.publish(sequence.tokens, computed, sequence.salt);
        naive.publish(sequence.twin, sequence.tokens, computed, sequence.salt);
    }

    private void truncate(Sequence sequence) {
        int positions = random.nextInt(sequence.computed + 1);
        if (positions < sequence.table.publishedPositions()) {
            positions = positions / 16 * 16;
        }
        sequence.table.truncate(positions);
        naive.truncate(sequence.twin, positions);
        sequence.computed = positions;
    }

    private void release(Sequence sequence) {
        sequence.table.release();
        naive.truncate(sequence.twin, 0);
        sequences.remove(sequence);
    }

    private void checkCounts() {
        long[] counts = {
            cache.freePages(),
            cache.availablePages(),
            cache.usedPages(),
            cache.cachedPages(),
            cache.prefixHitPages(),
            cache.evictedPages()
        };
        int available = naive.free + naive.idle.size();
        assertThat(counts)
                .as("%s: free, available, used, cached, hit, evicted", what)
                .containsExactly(
                        naive.free, available, cache.pages() - available, naive.tree.size(), naive.hits, naive.evicted);
    }

    /** Tables share exactly the pages that their twins share, and every position holds what was computed for it. */
    private void checkPages() {
        Map<NaiveCache.Page, Long> addresses = new IdentityHashMap<>();
        Set<Long> distinct = new HashSet<>();
        for (Sequence sequence : sequences) {
            assertThat(sequence.table.pages()).as(what).isEqualTo(sequence.twin.pages.size());
            assertThat(sequence.table.publishedPositions()).as(what).isEqualTo(16 * sequence.twin.published);
            for (int i = 0; i < sequence.table.pages(); i++) {
                long address = sequence.table.addresses()[i];
                Long known = addresses.putIfAbsent(sequence.twin.pages.get(i), address);
                assertThat(known == null ? distinct.add(address) : known == address)
                        .as("%s: page %d is shared as its twin is", what, i)
                        .isTrue();
            }
            assertThat(marks(sequence)).as(what).isEqualTo(Arrays.copyOf(sequence.marks, sequence.computed));
        }
        assertThat(cache.usedPages()).as(what).isEqualTo(distinct.size());
        long written =
                addresses.keySet().stream().mapToLong(page -> page.written).sum();
        assertThat(written())
                .as("%s: positions that hold something, anywhere", what)
                .isEqualTo(written + 16L * naive.idle.size());
    }

    private static long[] marks(Sequence sequence) {
        long[] marks = new long[sequence.computed];
        for (int p = 0; p < marks.length; p++) {
            marks[p] = Memory.ALL.get(LONG, sequence.table.address(p) + p % 16 * 8L);
        }
        return marks;
    }

    private long written() {
        long count = 0;
        for (long value : cache.region().segment().toArray(LONG)) {
            count += value == 0 ? 0 : 1;
        }
        return count;
    }

    private void checkEnd(int pages) {
        while (!sequences.isEmpty()) {
            release(any());
        }
        checkCounts();
        assertThat(cache.usedPages()).as(what).isZero();
        PageTable all = new PageTable(cache, 16 * pages);
        assertThat(all.reserve(16 * pages)).as(what).isTrue();
        assertThat(cache.cachedPages()).as(what).isZero();
        all.release();
        assertThat(cache.freePages()).as(what).isEqualTo(pages);
        assertThat(written()).as(what).isZero();
    }
}
