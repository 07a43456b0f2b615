package dev.lockstep.model;

/** Hears how far loading is. */
@FunctionalInterface
public interface LoadProgress {
    /** Hears nothing. */
    LoadProgress SILENT = (_, _) -> {};

    /** {@code done} of {@code total} bytes of the file's tensors are loaded. */
    void loaded(long done, long total);
}
