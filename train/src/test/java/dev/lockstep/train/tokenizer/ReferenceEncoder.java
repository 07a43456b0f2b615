package dev.lockstep.train.tokenizer;

import dev.lockstep.text.BytePairRules;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Byte-pair encoding as its definition says: apply the merges in the order in which they were learnt. */
public final class ReferenceEncoder {
    private final BytePairRules rules;
    private final Map<Long, Integer> ranks = new HashMap<>();
    private final Map<String, List<Integer>> known = new HashMap<>();

    /** For the merges of a vocabulary. */
    public ReferenceEncoder(TrainedVocabulary vocabulary) {
        rules = BytePairRules.named(vocabulary.pre()).orElseThrow();
        for (int rank = 0; rank < vocabulary.merges(); rank++) {
            ranks.put(PairTable.pair(vocabulary.left(rank), vocabulary.right(rank)), rank);
        }
    }

    /** The ids of a text. */
    public int[] encode(String text) {
        List<Integer> ids = new ArrayList<>();
        int start = 0;
        for (int end : rules.wordEnds(text)) {
            ids.addAll(known.computeIfAbsent(text.substring(start, end), this::encodeWord));
            start = end;
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private List<Integer> encodeWord(String word) {
        List<Integer> ids = new ArrayList<>();
        for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
            ids.add(value & 0xFF);
        }
        while (true) {
            int best = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < ids.size(); i++) {
                best = Math.min(best, rank(ids, i));
            }
            if (best == Integer.MAX_VALUE) {
                return ids;
            }
            for (int i = 0; i + 1 < ids.size(); i++) {
                if (rank(ids, i) == best) {
                    ids.set(i, TrainedVocabulary.BYTES + best);
                    ids.remove(i + 1);
                }
            }
        }
    }

    private int rank(List<Integer> ids, int at) {
        return ranks.getOrDefault(PairTable.pair(ids.get(at), ids.get(at + 1)), Integer.MAX_VALUE);
    }
}
