package dev.lockstep.train.tokenizer;

import dev.lockstep.text.BytePairRules;
import dev.lockstep.train.Parallel;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Document;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Counts the words of documents. The order in which words are numbered depends on the threads; their counts do not. */
final class WordCounter {
    /** The longest word that is counted; longer ones are data, and no token becomes longer than this. */
    static final int WORD_BYTES_MAX = 256;

    private final BytePairRules rules;

    WordCounter(BytePairRules rules) {
        this.rules = rules;
    }

    WordTable count(List<Document> documents, int threads, Progress progress) {
        Queue<WordTable> tables = new ConcurrentLinkedQueue<>();
        Parallel.forEach(documents.size(), threads, "counting words", progress, i -> {
            WordTable mine = tables.poll();
            if (mine == null) {
                mine = new WordTable();
            }
            count(documents.get(i).string(), mine);
            tables.add(mine);
        });
        WordTable all = new WordTable();
        tables.forEach(all::addAll);
        return all;
    }

    private void count(String text, WordTable into) {
        int start = 0;
        for (int end : rules.wordEnds(text)) {
            // A UTF-16 unit is at least one byte, so longer words need not be encoded to be left out.
            if (end - start <= WORD_BYTES_MAX) {
                byte[] word = text.substring(start, end).getBytes(StandardCharsets.UTF_8);
                if (word.length <= WORD_BYTES_MAX) {
                    into.add(word, 0, word.length, 1);
                }
            }
            start = end;
        }
    }
}
