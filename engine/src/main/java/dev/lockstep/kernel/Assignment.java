package dev.lockstep.kernel;

/** What becomes of the values that an output held before. */
public enum Assignment {
    /** {@code c = …}: they are replaced. */
    SET,
    /** {@code c += …}: the new sum starts from them. */
    ADD
}
