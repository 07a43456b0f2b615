package dev.lockstep.text;

import java.util.List;

/**
 * Cuts text into the words inside which a byte-level tokenizer merges.
 *
 * @param splitters applied one after the other, each to the pieces that the one before it made
 * @param ignoresMerges whether a word that is itself a token becomes that token, whatever the merges would make of it
 * @param addBos whether models with this pre-tokenizer expect a beginning-of-sequence token if their file does not say
 */
record PreTokenizer(List<Splitter> splitters, boolean ignoresMerges, boolean addBos) {
    /** The ends of the words of {@code text} from {@code start} to {@code end}, ascending, the last of them the end. */
    IntSequence words(CharSequence text, int start, int end) {
        IntSequence words = new IntSequence(16);
        IntSequence spare = new IntSequence(16);
        if (start < end) {
            words.add(end);
        }
        for (Splitter splitter : splitters) {
            spare.clear();
            splitter.split(text, start, words, spare);
            IntSequence done = words;
            words = spare;
            spare = done;
        }
        return words;
    }
}
