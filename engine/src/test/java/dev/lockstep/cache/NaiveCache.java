package dev.lockstep.cache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@link KvCache} and {@link PageTable} must do, written with maps and lists: a page is an object, and the tree a map
 * from all tokens since position 0 and the salt to a page.
 */
final class NaiveCache {
    /** A page in use or in the tree. */
    static final class Page {
        /** The first {@code written} slots hold something. */
        int written;

        private Key key;
        private int references = 1;
    }

    private record Key(long salt, List<Integer> tokens) {}

    /** The pages of one sequence. */
    static final class Table {
        final List<Page> pages = new ArrayList<>();
        int published;
    }

    final Map<Key, Page> tree = new HashMap<>();
    /** In order of release. */
    final List<Page> idle = new ArrayList<>();

    int free;
    long hits;
    long evicted;

    NaiveCache(int pages) {
        free = pages;
    }

    private static Key key(int[] tokens, int page, long salt) {
        List<Integer> list = new ArrayList<>();
        for (int i = 0; i < 16 * page + 16; i++) {
            list.add(tokens[i]);
        }
        return new Key(salt, list);
    }

    void adopt(Table table, int[] tokens, int length, long salt) {
        for (int i = 0; 16 * i + 16 < length; i++) {
            Page page = tree.get(key(tokens, i, salt));
            if (page == null) {
                return;
            }
            retain(page);
            hits++;
            table.pages.add(page);
            table.published++;
        }
    }

    boolean reserve(Table table, int positions) {
        while (16 * table.pages.size() < positions) {
            if (free == 0 && idle.isEmpty()) {
                return false;
            }
            if (free == 0) {
                tree.remove(idle.removeFirst().key);
                evicted++;
            } else {
                free--;
            }
            table.pages.add(new Page());
        }
        return true;
    }

    void publish(Table table, int[] tokens, int computed, long salt) {
        for (; 16 * table.published + 16 <= computed; table.published++) {
            Key key = key(tokens, table.published, salt);
            Page own = table.pages.get(table.published);
            Page equal = tree.get(key);
            if (equal == null) {
                own.key = key;
                tree.put(key, own);
            } else {
                retain(equal);
                table.pages.set(table.published, equal);
                release(own);
            }
        }
    }

    void truncate(Table table, int positions) {
        while (16 * (table.pages.size() - 1) >= positions && !table.pages.isEmpty()) {
            release(table.pages.removeLast());
        }
        table.published = Math.min(table.published, table.pages.size());
    }

    private void retain(Page page) {
        page.references++;
        idle.remove(page);
    }

    private void release(Page page) {
        page.references--;
        if (page.references > 0) {
            return;
        }
        if (page.key == null) {
            free++;
        } else {
            idle.add(page);
        }
    }
}
