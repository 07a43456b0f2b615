package dev.lockstep.train.model;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.Owned;
import java.util.EnumMap;
import java.util.Map;

/**
 * The workers of a training run, each with kernels of its own.
 *
 * <p>As in the engine, every worker runs the whole of a pass and computes its {@link Share} of each phase between
 * barriers. Threads split outputs, never a sum (R7), so their number cannot change a weight.
 */
public final class Team implements Owned.Resource {
    /** What every worker runs. */
    @FunctionalInterface
    public interface Body {
        /** Runs one worker's share. */
        void run(Share share);
    }

    private final Owned owned = new Owned();
    private final Workers workers;
    private final Share[] shares;

    /**
     * Starts the workers.
     *
     * @param threads 1 to 1024
     */
    public Team(KernelTier.Choice tier, int threads) {
        workers = owned.own(new Workers(threads));
        shares = new Share[threads];
        for (int worker = 0; worker < threads; worker++) {
            shares[worker] = owned.own(new Share(workers, worker, tier));
        }
    }

    /** The number of workers. */
    public int size() {
        return shares.length;
    }

    /** Runs the body on every worker and returns when all are done. */
    public void run(Body body) {
        workers.run(worker -> {
            shares[worker].clock().start();
            body.run(shares[worker]);
            shares[worker].enter(TrainingPhase.ELEMENTWISE);
        });
    }

    /** The nanoseconds of all workers together that each phase took since the last call. */
    public Map<TrainingPhase, Long> takeTimes() {
        Map<TrainingPhase, Long> times = new EnumMap<>(TrainingPhase.class);
        for (Share share : shares) {
            share.clock().take().forEach((phase, nanos) -> times.merge(phase, nanos, Long::sum));
        }
        return times;
    }

    @Override
    public void close() {
        owned.close();
    }
}
