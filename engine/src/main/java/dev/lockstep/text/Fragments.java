package dev.lockstep.text;

/**
 * A text cut at its special tokens: each fragment is either a special token or a stretch of plain text. White space
 * that a special token swallows is in neither.
 */
final class Fragments {
    /** The id of a fragment that is plain text. */
    static final int TEXT = -1;

    private final IntSequence ids = new IntSequence(8);
    private final IntSequence bounds = new IntSequence(16);

    /** Adds a stretch of plain text, unless it is empty. */
    void addText(int start, int end) {
        if (start < end) {
            add(TEXT, start, end);
        }
    }

    void add(int id, int start, int end) {
        ids.add(id);
        bounds.add(start);
        bounds.add(end);
    }

    int count() {
        return ids.size();
    }

    /** The special token's id, or {@link #TEXT}. */
    int id(int fragment) {
        return ids.get(fragment);
    }

    int start(int fragment) {
        return bounds.get(2 * fragment);
    }

    int end(int fragment) {
        return bounds.get(2 * fragment + 1);
    }
}
