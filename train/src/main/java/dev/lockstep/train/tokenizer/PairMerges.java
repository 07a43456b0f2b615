package dev.lockstep.train.tokenizer;

import dev.lockstep.train.Progress;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.function.LongPredicate;

/**
 * Learns merges: again and again, the pair of neighbouring symbols that is most frequent in all words becomes a symbol.
 *
 * <p>Symbols 0 to 255 are the bytes; merge number r, from 0, makes symbol 256 + r. Occurrences are counted as places
 * where a pair's symbols stand next to each other, so {@code aaa} has two of {@code aa}. Among pairs of equal counts
 * the one with the smaller left symbol comes first, then the one with the smaller right symbol; so the words' counts
 * alone decide the merges. Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units",
 * Algorithm 1.
 *
 * <p><b>Design.</b> Each different word is kept once, with its count. A merge visits only the words that the pair may
 * be in, and changes only the counts of the pairs beside it. A pair's count never grows after the merge that made it
 * possible: merging takes symbols away and puts a new one between them, so two old symbols never become neighbours.
 * Therefore one entry for each pair in the queue is enough: one that comes up with a count that is no longer true goes
 * back with the true one.
 */
final class PairMerges {
    /** The least count that makes a symbol. */
    private static final int COUNT_MIN = 2;

    private static final int BYTES = 256;

    private record Candidate(long count, long pair) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            int byCount = Long.compare(other.count, count);
            return byCount != 0 ? byCount : Long.compare(pair, other.pair);
        }
    }

    private final WordTable words;
    private final LongPredicate mayMerge;
    private final PairTable pairs = new PairTable();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>();

    /** Where each word's symbols start in {@link #symbols}, and how many there are by now. */
    private final int[] starts;

    private final int[] lengths;
    private final int[] symbols;

    /** @param mayMerge asked once for each pair before it is merged, with {@code left << 32 | right} */
    PairMerges(WordTable words, LongPredicate mayMerge) {
        this.words = words;
        this.mayMerge = mayMerge;
        this.starts = new int[words.size()];
        this.lengths = new int[words.size()];
        int end = 0;
        for (int word = 0; word < starts.length; word++) {
            starts[word] = end;
            lengths[word] = words.length(word);
            end = Math.addExact(end, lengths[word]);
        }
        this.symbols = new int[end];
        for (int word = 0; word < starts.length; word++) {
            load(word);
        }
    }

    /** At most {@code most} merges, each a pair {@code left << 32 | right}, in order; fewer if no pair comes twice. */
    long[] learn(int most, Progress progress) {
        queueFrom(0);
        long[] merges = new long[most];
        int count = 0;
        while (count < most) {
            progress.at("learning merges", count, most);
            Candidate best = queue.poll();
            if (best == null || best.count < COUNT_MIN) {
                break;
            }
            long now = pairs.count(best.pair);
            if (now != best.count) {
                queue.add(new Candidate(now, best.pair));
            } else if (mayMerge.test(best.pair)) {
                merges[count] = best.pair;
                merge(best.pair, BYTES + count++);
            }
        }
        return Arrays.copyOf(merges, count);
    }

    private void load(int word) {
        int start = starts[word];
        for (int i = 0; i < lengths[word]; i++) {
            symbols[start + i] = words.byteAt(word, i);
            if (i > 0) {
                pairs.add(PairTable.pair(symbols[start + i - 1], symbols[start + i]), words.count(word), word);
            }
        }
    }

    private void merge(long pair, int symbol) {
        int known = pairs.size();
        for (int word : pairs.takeWords(pair)) {
            merge(word, PairTable.left(pair), PairTable.right(pair), symbol);
        }
        assert pairs.count(pair) == 0 : pairs.count(pair);
        queueFrom(known);
    }

    /** Queues the pairs with this number and up. */
    private void queueFrom(int number) {
        for (int i = number; i < pairs.size(); i++) {
            queue.add(new Candidate(pairs.count(pairs.pair(i)), pairs.pair(i)));
        }
    }

    /**
     * Merges a pair wherever it stands in a word, from left to right. Reading is at {@code from}, writing at {@code to},
     * never ahead of it; what stands before {@code from} is still the old word as far as it is looked at.
     */
    private void merge(int word, int left, int right, int symbol) {
        long count = words.count(word);
        int start = starts[word];
        int end = start + lengths[word];
        int to = start;
        for (int from = start; from < end; ) {
            if (!isPair(from, end, left, right)) {
                symbols[to++] = symbols[from++];
                continue;
            }
            if (from > start) {
                // The old left neighbour: where a merge has just been, that was its right symbol.
                pairs.subtract(PairTable.pair(symbols[from - 1], left), count);
                pairs.add(PairTable.pair(symbols[to - 1], symbol), count, word);
            }
            pairs.subtract(PairTable.pair(left, right), count);
            from += 2;
            if (from < end && !isPair(from, end, left, right)) {
                pairs.subtract(PairTable.pair(right, symbols[from]), count);
                pairs.add(PairTable.pair(symbol, symbols[from]), count, word);
            }
            symbols[to++] = symbol;
        }
        lengths[word] = to - start;
    }

    private boolean isPair(int at, int end, int left, int right) {
        return at + 1 < end && symbols[at] == left && symbols[at + 1] == right;
    }
}
