package dev.lockstep.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KvCacheTest {
    /** 2 · 16 positions · 3 elements · 2 bytes = 192 bytes a head and layer, 1 152 a page. */
    private static final KvShape SHAPE = new KvShape(ElementType.F16, 3, 2, 3);

    @Test
    void aNewCacheIsFreeAndZero() {
        try (KvCache cache = new KvCache(SHAPE, 5)) {
            assertThat(cache.pages()).isEqualTo(5);
            assertThat(cache.freePages()).isEqualTo(5);
            assertThat(cache.shape()).isEqualTo(SHAPE);
            assertThat(cache.region().bytes())
                    .isEqualTo(KvCache.bytes(SHAPE, 5))
                    .isEqualTo(5 * 1_152);
            assertThat(nonZeroBytes(cache)).isZero();
        }
    }

    @Test
    void pagesAreAlignedAndDoNotOverlap() {
        KvShape odd = new KvShape(ElementType.F16, 1, 1, 1);
        try (KvCache cache = new KvCache(odd, 4)) {
            for (int page = 0; page < 4; page++) {
                assertThat(cache.address(page) % Memory.ALIGNMENT).isZero();
                assertThat(cache.address(page) - cache.region().address()).isEqualTo(page * 64L);
            }
            assertThat(cache.region().bytes()).isEqualTo(4 * 64);
        }
    }

    @Test
    void reservingTakesWhatPositionsNeedAndNoMore() {
        try (KvCache cache = new KvCache(SHAPE, 4)) {
            PageTable table = new PageTable(cache, 64);
            int[] positions = {0, 1, 16, 17, 3, 33, 64, 64};
            int[] pages = {0, 1, 1, 2, 2, 3, 4, 4};
            for (int i = 0; i < positions.length; i++) {
                assertThat(table.reserve(positions[i])).isTrue();
                assertThat(table.pages())
                        .as("pages for %d positions", positions[i])
                        .isEqualTo(pages[i]);
                assertThat(cache.freePages()).isEqualTo(4 - pages[i]);
            }
            assertThat(table.address(0)).isEqualTo(table.addresses()[0]).isEqualTo(table.address(15));
            assertThat(table.address(16)).isEqualTo(table.addresses()[1]);
            assertThat(table.address(63)).isEqualTo(table.addresses()[3]);
        }
    }

    @Test
    void anExhaustedCacheGivesWhatItHasAndSaysSo() {
        try (KvCache cache = new KvCache(SHAPE, 3)) {
            PageTable a = new PageTable(cache, 32);
            PageTable b = new PageTable(cache, 32);
            assertThat(a.reserve(32)).isTrue();
            assertThat(b.reserve(32)).as("one page of two").isFalse();
            assertThat(b.pages()).isEqualTo(1);
            assertThat(cache.freePages()).isZero();
            a.release();
            assertThat(b.reserve(32)).as("after another gave its pages back").isTrue();
            b.release();
            assertThat(cache.freePages()).isEqualTo(3);
        }
    }

    @Test
    void aTableRefusesMorePositionsThanItWasMadeFor() {
        try (KvCache cache = new KvCache(SHAPE, 8)) {
            PageTable table = new PageTable(cache, 20);
            assertThat(table.reserve(32)).as("the rest of its last page").isTrue();
            assertThatThrownBy(() -> table.reserve(33))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("33 positions in a page table for 32");
            assertThat(table.pages()).isEqualTo(2);
        }
    }

    @Test
    void releasingTwiceGivesBackOnce() {
        try (KvCache cache = new KvCache(SHAPE, 2)) {
            PageTable table = new PageTable(cache, 32);
            table.reserve(32);
            table.release();
            table.release();
            assertThat(cache.freePages()).isEqualTo(2);
            assertThat(table.reserve(32)).as("a released table can start again").isTrue();
        }
    }

    /** Tables that grow, are written all over and are released in random order, against a count of their pages. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void pagesBelongToOneTableAndComeBackAsZeros(long seed) {
        Random random = new Random(seed);
        int pages = 1 + random.nextInt(30);
        try (KvCache cache = new KvCache(SHAPE, pages)) {
            List<PageTable> tables = new ArrayList<>();
            for (int step = 0; step < 600; step++) {
                String what = "seed " + seed + ", step " + step;
                if (tables.isEmpty() || random.nextInt(6) == 0) {
                    tables.add(new PageTable(cache, 16 * 8));
                }
                PageTable table = tables.get(random.nextInt(tables.size()));
                if (random.nextInt(4) == 0) {
                    table.release();
                    tables.remove(table);
                } else {
                    grow(table, 1 + random.nextInt(16 * 8), cache, what);
                }
                checkOwners(cache, tables, what);
            }
            tables.forEach(PageTable::release);
            assertThat(cache.freePages()).as("seed %d", seed).isEqualTo(pages);
            assertThat(nonZeroBytes(cache)).as("seed %d", seed).isZero();
        }
    }

    private static void grow(PageTable table, int positions, KvCache cache, String what) {
        int before = table.pages();
        int free = cache.freePages();
        int wanted = Math.max(before, (positions + 15) / 16);
        assertThat(table.reserve(positions))
                .as("%s: reserve %d", what, positions)
                .isEqualTo(wanted - before <= free);
        assertThat(table.pages()).as(what).isEqualTo(Math.min(wanted, before + free));
        for (int page = before; page < table.pages(); page++) {
            long address = table.addresses()[page];
            assertThat(Memory.ALL.asSlice(address, SHAPE.pageBytes()).mismatch(zeros()))
                    .as("%s: a new page is all zeros up to", what)
                    .isEqualTo(-1);
            Memory.ALL.asSlice(address, SHAPE.pageBytes()).fill((byte) 0x5A);
        }
    }

    /** Every held page has one owner, every other page is free, and exactly the free pages are zeros. */
    private static void checkOwners(KvCache cache, List<PageTable> tables, String what) {
        List<Long> held = new ArrayList<>();
        for (PageTable table : tables) {
            for (int page = 0; page < table.pages(); page++) {
                held.add(table.addresses()[page]);
            }
        }
        assertThat(held).as(what).doesNotHaveDuplicates();
        assertThat(cache.freePages()).as(what).isEqualTo(cache.pages() - held.size());
        assertThat(nonZeroBytes(cache)).as(what).isEqualTo(held.size() * SHAPE.pageBytes());
    }

    private static MemorySegment zeros() {
        return MemorySegment.ofArray(new byte[(int) SHAPE.pageBytes()]);
    }

    private static long nonZeroBytes(KvCache cache) {
        long count = 0;
        for (byte b : cache.region().segment().toArray(ValueLayout.JAVA_BYTE)) {
            count += b == 0 ? 0 : 1;
        }
        return count;
    }
}
