package dev.lockstep.train.data;

import java.util.List;

/**
 * How many files, and how many bytes they have together.
 *
 * @param files number of files
 * @param bytes number of bytes
 */
public record Tally(int files, long bytes) {
    /** None. */
    public static final Tally NONE = new Tally(0, 0);

    /** The documents counted. */
    public static Tally of(List<Document> documents) {
        return documents.stream().reduce(NONE, (sum, document) -> sum.plus(document.text().length), Tally::plus);
    }

    /** With one file more. */
    Tally plus(long fileBytes) {
        return new Tally(files + 1, bytes + fileBytes);
    }

    /** Both together. */
    Tally plus(Tally other) {
        return new Tally(files + other.files, bytes + other.bytes);
    }
}
