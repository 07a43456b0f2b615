package dev.lockstep.model;

import dev.lockstep.format.UnusableModelException;
import dev.lockstep.tensor.Owned;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Parts of the weights on their way through two slots of memory: while a step's workers compute with one part, the next
 * is read and packed.
 *
 * <p>A step needs the parts in a fixed order: those of the head (layers), always, then those of the tail (the output
 * matrix), if it has rows with logits. After its last part comes the first of the next step, so that the weights keep
 * coming while tokens are sampled. Each reading of a part has a number; number n goes into slot n modulo 2.
 *
 * <p>A reading is <i>published</i>, by whoever sees the condition come true, as soon as its slot has been given back by
 * all workers and the part is known (the tail must be known to be wanted). Published means: its chunks can be taken. A
 * thread of its own takes them, and so does every worker that waits for the part, since it has nothing better to do.
 *
 * <p>Failures: what fails in packing is kept in the {@link PackJob}; workers that wait for it stop with it. The next step
 * begins anew with its first part. No thread waits for anything but another thread's progress on one chunk, so closing
 * during a read waits for that read alone.
 */
final class SlotRing implements Owned.Resource {
    static final int SLOTS = 2;

    private static final int SPINS_BEFORE_YIELD = 2_000;

    /** One place for a part. */
    private static final class Slot {
        /** The number of the reading that the slot holds, or is getting. */
        volatile long number = -1;

        /** What fills it. */
        volatile PackJob job;

        /** How many workers have given the slot back. */
        final AtomicInteger returned = new AtomicInteger();

        /** Whether all have; guarded by the ring. */
        boolean free = true;
    }

    private final PackJob[][] jobs;
    private final int headParts;
    private final int parts;
    private final ChunkPacker[] packers;
    private final int workers;
    private final Slot[] slots = {new Slot(), new Slot()};
    private final Thread reader;

    // What is published next; guarded by this.
    private long published;
    private int nextPart;
    /** The step that {@link #nextPart} belongs to, by number. */
    private long nextStep;

    private long stepsBegun;
    private boolean tailWanted;
    private boolean closed;

    /** The number of the running step's first reading; written while no worker runs. */
    private long first;

    private volatile boolean aborted;
    private volatile boolean readerBusy;

    /**
     * @param jobs fills slot s with part p: {@code jobs[s][p]}; at least one part
     * @param headParts how many of the parts every step needs, at least 1
     * @param packers one for each worker and one more
     */
    SlotRing(PackJob[][] jobs, int headParts, ChunkPacker[] packers) {
        this.jobs = jobs;
        this.headParts = headParts;
        this.parts = jobs[0].length;
        this.packers = packers;
        this.workers = packers.length - 1;
        synchronized (this) {
            publish();
        }
        this.reader = Thread.ofPlatform().daemon().name("lockstep-reader").start(this::read);
    }

    /** A step begins; {@code tail} says whether it needs the parts of the tail. */
    void begin(boolean tail) {
        if (aborted || failure() != null) {
            restart();
        }
        synchronized (this) {
            tailWanted = tail;
            stepsBegun++;
            publish();
        }
    }

    /** The step is done: all its parts were given back by all workers. */
    void end() {
        first += tailWanted ? parts : headParts;
    }

    /** Whoever waits in {@link #await} shall fail; the next step begins anew. */
    void abort() {
        aborted = true;
    }

    /** Why packing failed, as an exception of one clear sentence, or null. */
    RuntimeException failure() {
        for (Slot slot : slots) {
            Throwable thrown = slot.job == null ? null : slot.job.failure();
            if (thrown != null) {
                return thrown instanceof UnusableModelException e
                        ? new UncheckedIOException(e.getMessage(), e)
                        : new IllegalStateException("reading weights failed: " + thrown, thrown);
            }
        }
        return null;
    }

    /** Waits, and helps, until a part of the running step is in memory; returns its slot. */
    int await(int worker, int part) {
        long number = first + part;
        int index = (int) (number % SLOTS);
        Slot slot = slots[index];
        int spins = 0;
        while (true) {
            if (slot.number == number) {
                PackJob job = slot.job;
                if (job.done()) {
                    return index;
                }
                if (job.hasWork()) {
                    job.help(packers[worker]);
                    continue;
                }
                if (job.failure() != null) {
                    throw failure();
                }
            }
            if (aborted) {
                throw new IllegalStateException("the step was given up");
            }
            if (++spins < SPINS_BEFORE_YIELD) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /** A worker gives back a part of the running step. */
    void done(int part) {
        Slot slot = slots[(int) ((first + part) % SLOTS)];
        if (slot.returned.incrementAndGet() == workers) {
            synchronized (this) {
                slot.free = true;
                publish();
            }
        }
    }

    /** Publishes all readings that can be; the caller holds the monitor. */
    private void publish() {
        while (!closed) {
            boolean tailUnknown = nextPart == headParts && headParts < parts && nextStep == stepsBegun;
            if (tailUnknown) {
                return;
            }
            if (nextPart == parts || nextPart == headParts && !tailWanted) {
                nextPart = 0;
                nextStep++;
            }
            int index = (int) (published % SLOTS);
            Slot slot = slots[index];
            if (!slot.free) {
                return;
            }
            PackJob job = jobs[index][nextPart];
            slot.free = false;
            slot.returned.set(0);
            slot.job = job;
            job.open();
            slot.number = published;
            published++;
            nextPart++;
            notifyAll();
        }
    }

    /** Forgets what is published; no worker is running. */
    private void restart() {
        synchronized (this) {
            cancel();
        }
        while (readerBusy) {
            Thread.onSpinWait();
        }
        synchronized (this) {
            for (Slot slot : slots) {
                slot.free = true;
                slot.job = null;
            }
            first = published;
            nextPart = 0;
            nextStep = stepsBegun;
            aborted = false;
        }
    }

    private void cancel() {
        for (Slot slot : slots) {
            if (slot.job != null) {
                slot.job.cancel();
            }
        }
    }

    /** The reader's whole life. */
    private void read() {
        for (PackJob job = nextJob(); job != null; job = nextJob()) {
            while (job.hasWork()) {
                job.help(packers[workers]);
                Thread.yield();
            }
            readerBusy = false;
        }
    }

    /** Waits for the earliest reading that has chunks to take; null when the ring is closed. */
    private synchronized PackJob nextJob() {
        while (!closed) {
            PackJob earliest = null;
            long number = Long.MAX_VALUE;
            for (Slot slot : slots) {
                if (slot.job != null && slot.job.hasWork() && slot.number < number) {
                    earliest = slot.job;
                    number = slot.number;
                }
            }
            if (earliest != null) {
                readerBusy = true;
                return earliest;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                // Nobody but close() ends the reader.
            }
        }
        return null;
    }

    /** Stops the reader, when it is done with the chunk that it is at. No step may be running. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            cancel();
            notifyAll();
        }
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
