package dev.lockstep.bench.serve;

import dev.lockstep.engine.Engine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One load, several schedules: each gets a fresh engine, a warm-up and then the very same requests.
 *
 * <p>The engine runs in this process and so does what sends the requests, which takes a little of the machine: a thread
 * that sleeps nearly always.
 */
public final class ServeExperiment {
    /** Most requests of a warm-up. */
    public static final int WARM_UP_MAX = 1_000;

    /** Who loads the model. */
    public interface Engines {
        /**
         * A fresh engine.
         *
         * @param schedule the name of its schedule
         * @param traceCapacity events that its trace must keep
         */
        Engine open(String schedule, int traceCapacity) throws IOException;

        /** All requests of this engine have been answered, and it is about to be closed. */
        default void served(String schedule, Engine engine) throws IOException {}
    }

    /** Hears how far an experiment is; called by several threads, and often. */
    public interface Listener {
        /**
         * Requests were sent or answered.
         *
         * @param schedule under which
         * @param sent how many so far
         * @param answered how many of them; in an open loop they are looked at once all are sent
         * @param all how many there may be
         */
        void progress(String schedule, int sent, int answered, int all);
    }

    private final Workload workload;
    private final int warmUp;
    private final Listener listener;
    private final int traceCapacity;

    /**
     * @param warmUp requests that are sent before the load and not measured, 0 to {@value #WARM_UP_MAX}
     * @throws IllegalArgumentException if the number is out of range, or the load too large to be traced
     */
    public ServeExperiment(Workload workload, int warmUp, Listener listener) {
        if (warmUp < 0 || warmUp > WARM_UP_MAX) {
            throw new IllegalArgumentException("a warm-up of " + warmUp + " requests, allowed are 0 to " + WARM_UP_MAX);
        }
        this.workload = workload;
        this.warmUp = warmUp;
        this.listener = listener;
        this.traceCapacity = TraceRoom.of(workload, warmUp).capacity();
    }

    /**
     * Runs the load under each schedule.
     *
     * @throws IllegalStateException if a request fails, or none is answered
     * @throws IOException if a model cannot be read, or {@code engines} fails to write
     */
    public ServeReport run(List<String> schedules, Engines engines) throws IOException {
        List<LoadResult> results = new ArrayList<>();
        for (String schedule : schedules) {
            try (Engine engine = engines.open(schedule, traceCapacity)) {
                results.add(run(schedule, new EngineTarget(engine)));
                engines.served(schedule, engine);
            }
        }
        return new ServeReport(workload, results, Optional.empty());
    }

    /**
     * Runs the load on one target, after a warm-up.
     *
     * @param name what the result is called
     * @throws IllegalStateException if a request fails, or none is answered
     */
    public LoadResult run(String name, LoadTarget target) {
        TraceRoom room = TraceRoom.of(workload, warmUp);
        LoadRun load = new LoadRun(
                target, workload, room, (sent, answered) -> listener.progress(name, sent, answered, workload.size()));
        load.warmUp(warmUp);
        return load.run(name);
    }
}
