package dev.lockstep.train.data;

/** Why a file is not learnt from; the first that applies counts. */
public enum DropReason {
    /** Nothing but white space and a licence. */
    EMPTY("empty"),
    /** A Java file that is mostly literals, see {@link TableRule}. */
    TABLE("tables"),
    /** Another file has the same text. */
    DUPLICATE("duplicates"),
    /** Most of its words stand in the same order in another file, see {@link NearDuplicates}. */
    NEAR_DUPLICATE("near-duplicates"),
    /** Repeats a passage of a held-out file, see {@link HeldOutOverlap}. */
    HELD_OUT_PASSAGE("held-out passages");

    private final String plural;

    DropReason(String plural) {
        this.plural = plural;
    }

    /** The files that are dropped for it, for people. */
    @Override
    public String toString() {
        return plural;
    }
}
