package dev.lockstep.train.data;

import dev.lockstep.train.Parallel;
import dev.lockstep.train.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds training texts that repeat a passage of a held-out text.
 *
 * <p>A passage is a run of {@value #PASSAGE_WORDS} words. Files that are alike as a whole are found by {@link MinHash};
 * this finds the implementation that copies its interface's documentation, or the method that was pasted elsewhere. A
 * passage that many training texts have says nothing about the held-out ones: boilerplate does not count. It is what
 * occurs in more than one text in {@value #BOILERPLATE_ONE_IN}, and in more than {@value #BOILERPLATE_TEXTS_MIN}.
 */
final class HeldOutOverlap {
    /** Words in a row that count as copied: some three lines. */
    static final int PASSAGE_WORDS = 24;

    private static final int BOILERPLATE_ONE_IN = 100;
    private static final int BOILERPLATE_TEXTS_MIN = 2;

    private final Set<Long> passages = new HashSet<>();

    HeldOutOverlap(List<Body> heldOut) {
        for (Body body : heldOut) {
            Shingles.forEach(body.text(), body.start(), PASSAGE_WORDS, passages::add);
        }
    }

    /** For each training text whether it repeats a passage. */
    boolean[] repeats(List<Body> training, int threads, Progress progress) {
        List<Set<Long>> found = new ArrayList<>(Collections.nCopies(training.size(), Set.of()));
        Parallel.forEach(training.size(), threads, "looking for held-out text", progress, i -> {
            Set<Long> own = new HashSet<>();
            Shingles.forEach(training.get(i).text(), training.get(i).start(), PASSAGE_WORDS, passage -> {
                if (passages.contains(passage)) {
                    own.add(passage);
                }
            });
            found.set(i, own);
        });
        Set<Long> boilerplate = boilerplate(found);
        boolean[] repeats = new boolean[training.size()];
        for (int i = 0; i < repeats.length; i++) {
            repeats[i] = !boilerplate.containsAll(found.get(i));
        }
        return repeats;
    }

    private static Set<Long> boilerplate(List<Set<Long>> found) {
        Map<Long, Integer> texts = new HashMap<>();
        found.forEach(passages -> passages.forEach(passage -> texts.merge(passage, 1, Integer::sum)));
        int most = Math.max(BOILERPLATE_TEXTS_MIN, found.size() / BOILERPLATE_ONE_IN);
        texts.values().removeIf(count -> count <= most);
        return texts.keySet();
    }
}
