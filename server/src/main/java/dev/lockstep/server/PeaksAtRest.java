package dev.lockstep.server;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineLoad;
import dev.lockstep.server.metrics.Peaks;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Measures what utilisation is measured against, once and only after the engine has rested: neither a start nor a request is
 * to wait for the measurement, and its figures are not to suffer from them. The engine has rested if nothing runs or waits at
 * the end of a pause and no step was run since its beginning; otherwise there is another pause.
 */
public final class PeaksAtRest {
    /** The time from one look at the engine to the next. */
    @FunctionalInterface
    public interface Pause {
        /** Returns when it is over. */
        void pass() throws InterruptedException;

        /** A pause of so long. */
        static Pause of(Duration time) {
            return () -> Thread.sleep(time);
        }
    }

    private final Engine engine;
    private final EngineMetrics metrics;
    private final Supplier<Peaks> measure;

    /**
     * @param metrics gets the peaks
     * @param measure measures them; called once, in the thread that waited
     */
    public PeaksAtRest(Engine engine, EngineMetrics metrics, Supplier<Peaks> measure) {
        this.engine = engine;
        this.metrics = metrics;
        this.measure = measure;
    }

    /** Waits and measures in a thread of its own, which keeps no program from ending and ends itself if it is interrupted. */
    public Thread start(Pause pause) {
        return Thread.ofPlatform().daemon().name("lockstep-peaks").start(() -> {
            try {
                awaitRest(pause);
                metrics.peaks(measure.get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void awaitRest(Pause pause) throws InterruptedException {
        long steps;
        EngineLoad now;
        do {
            steps = engine.load().steps().count();
            pause.pass();
            now = engine.load();
        } while (now.running() + now.waiting() > 0 || now.steps().count() != steps);
    }
}
