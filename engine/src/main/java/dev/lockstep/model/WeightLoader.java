package dev.lockstep.model;

import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.Workers;

/** Has all workers pack jobs side by side. */
final class WeightLoader {
    private final Workers workers;
    private final ChunkPacker[] packers;
    private final LoadProgress progress;
    private final long total;
    private long done;

    /**
     * @param packers one for each worker, or more
     * @param total bytes of the file that will be loaded in all
     * @param progress told the bytes packed so far and the bytes in all
     */
    WeightLoader(Workers workers, ChunkPacker[] packers, long total, LoadProgress progress) {
        this.workers = workers;
        this.packers = packers;
        this.total = total;
        this.progress = progress;
    }

    /**
     * Packs a job.
     *
     * @throws UnusableModelException if a weight is infinite or not a number, or the file cannot be read
     */
    void load(PackJob job) throws UnusableModelException {
        job.open();
        workers.run(worker -> {
            while (job.hasWork()) {
                job.help(packers[worker]);
                if (worker == 0) {
                    progress.loaded(done + job.packed(), total);
                }
            }
        });
        switch (job.failure()) {
            case null -> {
                done += job.bytes();
                progress.loaded(done, total);
            }
            case UnusableModelException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("loading failed: " + e, e);
        }
    }
}
