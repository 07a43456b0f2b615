package dev.lockstep.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lockstep.model.Step;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Memory;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages that several sequences read: what is shared, with whom, for how long, and what is left behind. */
class PageSharingTest {
    private static final KvShape SHAPE = new KvShape(ElementType.F16, 1, 1, 4);
    private static final int[] TOKENS = IntStream.range(0, 160).toArray();
    private static final long SALT = 42;

    private final KvCache cache = new KvCache(SHAPE, 10, true);

    @AfterEach
    void close() {
        cache.close();
    }

    /** A table with pages for {@code positions} positions of {@link #TOKENS}, the full ones published. */
    private PageTable published(int positions) {
        return published(positions, SALT);
    }

    private PageTable published(int positions, long salt) {
        PageTable table = new PageTable(cache, 160);
        assertThat(table.reserve(positions)).isTrue();
        table.publish(TOKENS, positions, salt);
        return table;
    }

    private int hit(int length, long salt) {
        PageTable table = new PageTable(cache, 160);
        int positions = table.adopt(TOKENS, length, salt);
        table.release();
        return positions;
    }

    private static void mark(PageTable table, int page, byte marker) {
        Memory.ALL.asSlice(table.addresses()[page], SHAPE.pageBytes()).fill(marker);
    }

    private long bytesThatAre(byte marker) {
        long count = 0;
        for (byte b : cache.region().segment().toArray(ValueLayout.JAVA_BYTE)) {
            count += b == marker ? 1 : 0;
        }
        return count;
    }

    private void checkCounts(int free, int used, int cached) {
        assertThat(new int[] {cache.freePages(), cache.usedPages(), cache.cachedPages(), cache.availablePages()})
                .as("free, used, cached and available pages")
                .containsExactly(free, used, cached, cache.pages() - used);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "16, 0", "17, 16", "32, 16", "33, 32", "48, 32", "49, 48", "64, 48", "160, 48"})
    void theLongestChainIsAdoptedButATokenIsLeft(int length, int positions) {
        PageTable first = published(50);
        PageTable second = new PageTable(cache, 160);
        assertThat(second.adopt(TOKENS, length, SALT)).isEqualTo(positions);
        assertThat(second.pages()).isEqualTo(positions / 16);
        assertThat(second.publishedPositions()).isEqualTo(positions);
        assertThat(Arrays.copyOf(second.addresses(), positions / 16))
                .isEqualTo(Arrays.copyOf(first.addresses(), positions / 16));
        assertThat(cache.prefixHitPages()).isEqualTo(positions / 16);
        checkCounts(6, 4, 3);
        first.release();
        checkCounts(7, positions / 16, 3);
        second.release();
        checkCounts(7, 0, 3);
    }

    @Test
    void aChainEndsWhereTokensDiffer() {
        PageTable first = published(64);
        int[] other = TOKENS.clone();
        other[40] = 1_000;
        PageTable second = new PageTable(cache, 160);
        assertThat(second.adopt(other, 160, SALT))
                .as("token 40 is in the third page")
                .isEqualTo(32);
        assertThat(second.reserve(64)).isTrue();
        second.publish(other, 64, SALT);
        assertThat(second.addresses()[3])
                .as("equal tokens under another parent")
                .isNotEqualTo(first.addresses()[3]);
        checkCounts(4, 6, 6);
        first.release();
        second.release();
    }

    @Test
    void whatIsNotFullIsNotPublished() {
        PageTable table = new PageTable(cache, 160);
        table.reserve(40);
        for (int computed : new int[] {0, 1, 15, 16, 17, 31, 32, 40}) {
            table.publish(TOKENS, computed, SALT);
            assertThat(table.publishedPositions()).isEqualTo(computed / 16 * 16);
            assertThat(cache.cachedPages()).isEqualTo(computed / 16);
        }
        table.release();
        checkCounts(8, 0, 2);
    }

    @Test
    void ofTwoThatComputeTheSameOneGoesOnWithTheOthersPages() {
        PageTable first = new PageTable(cache, 160);
        PageTable second = new PageTable(cache, 160);
        first.reserve(48);
        second.reserve(48);
        mark(second, 0, (byte) 7);
        long own = second.addresses()[2];
        first.publish(TOKENS, 32, SALT);
        second.publish(TOKENS, 47, SALT);
        assertThat(Arrays.copyOf(second.addresses(), 2)).isEqualTo(Arrays.copyOf(first.addresses(), 2));
        assertThat(second.addresses()[2]).as("not full, so its own").isEqualTo(own);
        assertThat(bytesThatAre((byte) 7)).as("the page given back is cleared").isZero();
        checkCounts(6, 4, 2);
        second.publish(TOKENS, 48, SALT);
        first.publish(TOKENS, 48, SALT);
        assertThat(first.addresses()[2]).isEqualTo(own);
        checkCounts(7, 3, 3);
        assertThat(cache.prefixHitPages()).as("nothing was saved").isZero();
        first.release();
        second.release();
        checkCounts(7, 0, 3);
    }

    @Test
    void saltsNeverMeet() {
        PageTable table = published(64, 1);
        mark(table, 0, (byte) 7);
        long[] others = {0, 2, -1, Long.MIN_VALUE, 1L << 32 | 1};
        for (long salt : others) {
            assertThat(hit(160, salt)).as("salt %d", salt).isZero();
        }
        PageTable other = published(64, 2);
        assertThat(addresses(other)).doesNotContainAnyElementsOf(addresses(table));
        assertThat(cache.prefixHitPages()).isZero();
        assertThatThrownBy(() -> other.publish(TOKENS, 64, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the salt of a sequence changed after 4 pages");
        table.release();
        other.release();
        assertThat(hit(160, 1)).isEqualTo(64);
        assertThat(hit(160, 2)).isEqualTo(64);
    }

    private static List<Long> addresses(PageTable table) {
        return Arrays.stream(table.addresses(), 0, table.pages()).boxed().toList();
    }

    @Test
    void theLeastRecentlyUsedGoesFirstFromItsEnd() {
        PageTable[] tables = {published(48, 1), published(48, 2), published(48, 3)};
        for (int i : new int[] {1, 0, 2}) {
            tables[i].release();
        }
        assertThat(hit(160, 2)).as("this makes salt 2 the last used").isEqualTo(48);
        checkCounts(1, 0, 9);
        PageTable other = new PageTable(cache, 160);
        int[][] left = {{48, 48, 48}, {32, 48, 48}, {16, 48, 48}, {0, 48, 48}, {0, 48, 32}, {0, 48, 16}, {0, 48, 0}};
        for (int taken = 1; taken <= 7; taken++) {
            assertThat(other.reserve(16 * taken)).isTrue();
            assertThat(cache.evictedPages()).isEqualTo(taken - 1);
            // Without touching them, since that would change the order.
            assertThat(new int[] {chain(1), chain(2), chain(3)})
                    .as("%d pages taken", taken)
                    .containsExactly(left[taken - 1]);
        }
        assertThat(other.reserve(160)).isTrue();
        assertThat(cache.evictedPages()).isEqualTo(9);
        checkCounts(0, 10, 0);
        other.release();
        checkCounts(10, 0, 0);
    }

    /** Positions that the tree has under a salt. */
    private int chain(long salt) {
        int parent = PrefixTree.ROOT;
        int positions = 0;
        for (int page = cache.find(parent, TOKENS, 0, salt);
                page >= 0;
                page = cache.find(parent, TOKENS, positions, salt)) {
            parent = page;
            positions += 16;
        }
        return positions;
    }

    @Test
    void aReferencedPageIsNeverEvicted() {
        PageTable held = published(64);
        PageTable other = new PageTable(cache, 160);
        assertThat(other.reserve(160)).as("six of ten pages").isFalse();
        assertThat(other.pages()).as("it keeps what it got").isEqualTo(6);
        checkCounts(0, 10, 4);
        held.truncate(32);
        assertThat(other.reserve(160)).isFalse();
        assertThat(other.pages()).isEqualTo(8);
        assertThat(cache.evictedPages()).isEqualTo(2);
        held.release();
        assertThat(other.reserve(160)).isTrue();
        other.release();
        checkCounts(10, 0, 0);
    }

    @Test
    void nothingIsLeftOfWhatWasEvictedOrNeverPublished() {
        byte marker = (byte) 0xA7;
        PageTable table = new PageTable(cache, 160);
        table.reserve(70);
        for (int page = 0; page < 5; page++) {
            mark(table, page, marker);
        }
        table.publish(TOKENS, 40, SALT);
        table.release();
        assertThat(bytesThatAre(marker)).as("two published pages stay").isEqualTo(2 * SHAPE.pageBytes());
        PageTable other = new PageTable(cache, 160);
        assertThat(other.reserve(160)).isTrue();
        assertThat(bytesThatAre((byte) 0))
                .as("evicted pages come as zeros")
                .isEqualTo(cache.region().bytes());
        assertThat(bytesThatAre(marker)).isZero();
        other.release();
    }

    @Test
    void rejectedPositionsAreCutOff() {
        PageTable table = published(40);
        assertThat(table.reserve(100)).isTrue();
        table.truncate(41);
        assertThat(table.pages()).isEqualTo(3);
        table.truncate(100);
        assertThat(table.pages()).as("a cut never grows").isEqualTo(3);
        table.truncate(32);
        assertThat(table.publishedPositions()).isEqualTo(32);
        for (int inside : new int[] {31, 17, 15, 1, -1, -16}) {
            assertThatThrownBy(() -> table.truncate(inside))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("cut to " + inside + " positions of which 32 are published");
        }
        table.truncate(16);
        assertThat(table.publishedPositions()).isEqualTo(16);
        checkCounts(8, 1, 2);
        table.release();
        checkCounts(8, 0, 2);
    }

    @Test
    void aCacheWithoutATreeSharesNothing() {
        try (KvCache plain = new KvCache(SHAPE, 4)) {
            PageTable table = new PageTable(plain, 64);
            table.reserve(64);
            table.publish(TOKENS, 64, SALT);
            assertThat(table.publishedPositions()).isZero();
            PageTable other = new PageTable(plain, 64);
            assertThat(other.adopt(TOKENS, 64, SALT)).isZero();
            assertThat(plain.hasPrefixTree()).isFalse();
            assertThat(new int[] {plain.availablePages(), plain.usedPages(), plain.cachedPages()})
                    .containsExactly(0, 4, 0);
            table.release();
            assertThat(plain.freePages()).isEqualTo(4);
        }
        assertThat(KvCache.bytes(SHAPE, 10, false)).isEqualTo(KvCache.bytes(SHAPE, 10));
        assertThat(KvCache.bytes(SHAPE, 10, true)).isEqualTo(KvCache.bytes(SHAPE, 10) + PrefixTree.bytes(10));
    }

    @Test
    void wrongCallsAreRefused() {
        PageTable table = published(20);
        assertThatThrownBy(() -> table.adopt(TOKENS, 20, SALT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a page table of 2 pages cannot adopt others");
        assertThatThrownBy(() -> table.publish(TOKENS, 33, SALT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("33 positions of 160 tokens and 2 pages");
        PageTable small = new PageTable(cache, 20);
        assertThatThrownBy(() -> small.adopt(TOKENS, 33, SALT)).hasMessage("33 positions of 160 tokens and 2 pages");
        assertThatThrownBy(() -> small.adopt(TOKENS, 161, SALT)).hasMessage("161 positions of 160 tokens and 2 pages");
        assertThatThrownBy(() -> small.adopt(TOKENS, -1, SALT)).hasMessage("-1 positions of 160 tokens and 2 pages");
        int[] others = new int[160];
        assertThatThrownBy(() -> table.publish(others, 20, SALT)).hasMessage("the tokens of page 0 changed");
        table.release();
    }

    @Test
    void noRowMayBeWrittenIntoASharedPage() {
        PageTable table = published(20);
        Step step = new Step(4, 1);
        assertThatThrownBy(() -> step.add(table, 15, 0, false)).hasMessage("row at position 15 of 16 published");
        step.add(table, 16, 0, false);
        assertThat(step.rows()).isEqualTo(1);
        table.release();
    }

    /** As the JVM counts it; what the compiler does in passing shows in one run or another. */
    @Test
    void noOperationAllocates() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        PageTable[] tables = new PageTable[4];
        Arrays.setAll(tables, i -> new PageTable(cache, 160));
        int[][] texts = {TOKENS, TOKENS.clone(), TOKENS.clone()};
        texts[1][20] = 1_000;
        texts[2][50] = 1_000;
        SplittableRandom random = new SplittableRandom(1);
        int[] draws = random.ints(4_000, 0, 1 << 20).toArray();
        long least = Long.MAX_VALUE;
        for (int run = 0; run < 400 && least > 0; run++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int draw : draws) {
                turn(tables[draw & 3], texts[(draw >> 2) % 3], 1 + (draw >> 4) % 100);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes allocated").isZero();
        assertThat(cache.evictedPages()).isPositive();
        assertThat(cache.prefixHitPages()).isPositive();
        for (PageTable table : tables) {
            table.release();
        }
        assertThat(cache.usedPages()).isZero();
    }

    private static void turn(PageTable table, int[] text, int length) {
        table.release();
        table.adopt(text, length, length & 1);
        if (table.reserve(length)) {
            table.publish(text, length, length & 1);
        }
        table.truncate(Math.max(table.publishedPositions(), length - 20));
    }
}
