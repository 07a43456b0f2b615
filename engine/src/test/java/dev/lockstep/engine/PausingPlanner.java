package dev.lockstep.engine;

import dev.lockstep.model.Step;
import dev.lockstep.plan.Load;
import dev.lockstep.plan.Planner;
import dev.lockstep.plan.RunningSequences;
import dev.lockstep.plan.SerialPlanner;
import java.util.concurrent.CountDownLatch;

/**
 * The serial planner, stopping the engine's thread in front of one step until it is told to go on, or the engine is
 * closed: so a test can do something at an exact moment of a request's life.
 */
final class PausingPlanner implements Planner {
    private final SerialPlanner serial;
    private final int pauseAt;
    private final CountDownLatch paused = new CountDownLatch(1);
    private final CountDownLatch resumed = new CountDownLatch(1);
    private int steps;

    /** Pauses before step {@code pauseAt}, counted from 0; prompts are cut into chunks of {@code chunk} rows. */
    PausingPlanner(int pauseAt, int chunk) {
        this.pauseAt = pauseAt;
        this.serial = new SerialPlanner(chunk);
    }

    PausingPlanner(int pauseAt) {
        this(pauseAt, 64);
    }

    /** Waits until the engine's thread stands before the step. */
    void awaitPause() throws InterruptedException {
        paused.await();
    }

    void resume() {
        resumed.countDown();
    }

    @Override
    public String name() {
        return serial.name();
    }

    @Override
    public int admissions(Load load) {
        return serial.admissions(load);
    }

    @Override
    public void plan(RunningSequences running, Step step) {
        if (steps++ == pauseAt) {
            paused.countDown();
            try {
                resumed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        serial.plan(running, step);
    }
}
