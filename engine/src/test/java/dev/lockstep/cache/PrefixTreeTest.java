package dev.lockstep.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixTreeTest {
    private static final int ROOT = PrefixTree.ROOT;
    private static final int NONE = PrefixTree.NONE;

    /** A root whose 16 tokens are all the same. */
    private record Key(int token, long salt) {}

    private static int[] text(int token) {
        int[] text = new int[16];
        Arrays.fill(text, token);
        return text;
    }

    @Test
    void aNodeIsFoundByAllOfItsKeyAndNothingLess() {
        PrefixTree tree = new PrefixTree(8, 1);
        int[] text = {9, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 9};
        tree.insert(3, ROOT, text, 2, 77);
        assertThat(tree.find(ROOT, text, 2, 77)).isEqualTo(3);
        assertThat(tree.find(ROOT, text, 3, 77)).as("another place").isEqualTo(NONE);
        assertThat(tree.find(ROOT, text, 2, 78)).as("another salt").isEqualTo(NONE);
        assertThat(tree.find(3, text, 2, 77)).as("another parent").isEqualTo(NONE);
        for (int i = 2; i < 18; i++) {
            int[] other = text.clone();
            other[i] ^= 1 << 20;
            assertThat(tree.find(ROOT, other, 2, 77)).as("another token %d", i).isEqualTo(NONE);
            assertThat(tree.matches(3, ROOT, other, 2, 77))
                    .as("another token %d, whatever the hash", i)
                    .isFalse();
        }
        assertThat(tree.matches(3, ROOT, text, 2, 78))
                .as("another salt, whatever the hash")
                .isFalse();
        assertThat(tree.matches(3, 4, text, 2, 77))
                .as("another parent, whatever the hash")
                .isFalse();
        assertThat(tree.size()).isEqualTo(1);
        assertThat(tree.contains(3)).isTrue();
        assertThat(tree.contains(2)).isFalse();
    }

    @Test
    void theOldestIdleNodeGoesFirstAndAChildBeforeItsParent() {
        PrefixTree tree = new PrefixTree(8, 2);
        tree.insert(0, ROOT, text(1), 0, 5);
        tree.insert(1, 0, text(1), 0, 5);
        tree.insert(2, ROOT, text(2), 0, 5);
        assertThat(tree.evict()).as("no node is idle").isEqualTo(NONE);
        for (int page : new int[] {1, 0, 2}) {
            tree.release(page);
        }
        tree.retain(0);
        tree.retain(1);
        tree.release(1);
        tree.release(0);
        assertThat(tree.idle()).isEqualTo(3);
        assertThat(new int[] {tree.evict(), tree.evict()}).containsExactly(2, 1);
        assertThat(tree.find(ROOT, text(1), 0, 5)).isZero();
        assertThat(tree.find(0, text(1), 0, 5)).isEqualTo(NONE);
        assertThat(new int[] {tree.evict(), tree.evict()}).containsExactly(0, NONE);
        assertThat(tree.size()).isZero();
    }

    @Test
    void whatWouldBreakTheTreeFailsAnAssertion() {
        PrefixTree tree = new PrefixTree(8, 3);
        tree.insert(0, ROOT, text(1), 0, 5);
        tree.insert(1, 0, text(1), 0, 5);
        assertThatThrownBy(() -> tree.insert(1, ROOT, text(4), 0, 5)).hasMessage("page 1 is a node already");
        assertThatThrownBy(() -> tree.insert(2, 0, text(1), 0, 5)).hasMessage("two nodes of one key");
        assertThatThrownBy(() -> tree.insert(2, 0, text(1), 0, 6)).hasMessage("page 2 under 0");
        tree.release(0);
        assertThatThrownBy(() -> tree.insert(2, 0, text(3), 0, 5)).hasMessage("page 2 under an idle parent, page 0");
        assertThatThrownBy(tree::evict).hasMessage("page 0 is the oldest idle one and has children");
        tree.release(1);
        assertThatThrownBy(() -> tree.retain(1)).hasMessage("page 1 without its parent");
        assertThatThrownBy(() -> tree.release(1)).hasMessage("page 1 is idle already");
    }

    @Test
    void aTreeHasALimitAndSaysWhatItTakes() {
        assertThatThrownBy(() -> new PrefixTree((1 << 26) + 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prefix tree over 67108865 KV pages, allowed are up to 67108864");
        // 16 tokens, parent, children, hash, older and newer of 4 bytes, salt of 8; and slots, 200 to 400 of 4 bytes.
        assertThat(PrefixTree.bytes(100)).isEqualTo(100 * (21 * 4 + 8) + 256 * 4);
        assertThat(PrefixTree.bytes(1)).isEqualTo(21 * 4 + 8 + 4 * 4);
    }

    static LongStream seeds() {
        Long only = Long.getLong("lockstep.seed");
        return only == null ? LongStream.rangeClosed(1, 6) : LongStream.of(only);
    }

    /** Leaves that come and go in a table as full as it gets, against a map; no entry is lost when others are removed. */
    @ParameterizedTest
    @MethodSource("seeds")
    void removalLosesNoOtherNode(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int pages = random.nextInt(1, 65);
        PrefixTree tree = new PrefixTree(pages, seed);
        Map<Key, Integer> expected = new HashMap<>();
        List<Integer> unused = new ArrayList<>(IntStream.range(0, pages).boxed().toList());
        for (int turn = 0; turn < 2_000; turn++) {
            String what = "seed " + seed + ", turn " + turn;
            Key key = new Key(random.nextInt(200), random.nextInt(2));
            if (unused.isEmpty() || random.nextInt(3) == 0) {
                int page = tree.evict();
                assertThat(page != NONE).as(what).isEqualTo(!expected.isEmpty());
                if (page != NONE) {
                    assertThat(expected.values().remove(page)).as(what).isTrue();
                    unused.add(page);
                }
            } else if (!expected.containsKey(key)) {
                int page = unused.removeLast();
                tree.insert(page, ROOT, text(key.token()), 0, key.salt());
                tree.release(page);
                expected.put(key, page);
            }
            Map<Key, Integer> found = new HashMap<>();
            expected.keySet().forEach(k -> found.put(k, tree.find(ROOT, text(k.token()), 0, k.salt())));
            assertThat(found.equals(expected)).as("%s: %s", what, found).isTrue();
            assertThat(tree.size()).as(what).isEqualTo(expected.size()).isEqualTo(tree.idle());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void anIdlePageCanBeTakenOutWhereverItStands(int taken) {
        IdlePages idle = new IdlePages(3);
        assertThat(idle.oldest()).isEqualTo(IdlePages.NONE);
        for (int page : new int[] {2, 0, 1}) {
            idle.add(page);
            assertThat(idle.oldest()).isEqualTo(2);
        }
        idle.remove(taken);
        assertThat(idle.contains(taken)).isFalse();
        idle.add(taken);
        List<Integer> order = new ArrayList<>();
        while (idle.size() > 0) {
            order.add(idle.oldest());
            idle.remove(idle.oldest());
        }
        List<Integer> expected = new ArrayList<>(List.of(2, 0, 1));
        expected.remove((Integer) taken);
        expected.add(taken);
        assertThat(order).isEqualTo(expected);
        assertThat(idle.oldest()).isEqualTo(IdlePages.NONE);
        assertThatThrownBy(() -> idle.remove(taken)).hasMessage("page " + taken + " is not idle");
    }
}
