package dev.lockstep.trace;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jdk.jfr.FlightRecorder;

/**
 * The last events of an engine, in a bounded ring.
 *
 * <p>Writers fill columns of numbers, so recording allocates nothing; readers get records. When the ring is full the
 * oldest event makes room, and {@link TraceSnapshot#dropped} counts it. Thread-safe; writers wait while somebody reads.
 *
 * <p>A step is one event and one more for each request with rows in it, all recorded together. So at most every second
 * event is a step, and half as many {@link StepColumns} as events are enough. Guesses that were checked have a token or an
 * end beside them, so the same goes for {@link CycleColumns}.
 */
public final class Trace {
    private enum Kind {
        QUEUED,
        ADMITTED,
        ROWS,
        TOKEN,
        CYCLE,
        PAUSED,
        RESUMED,
        PREEMPTED,
        FINISHED,
        STEPPED;

        static final Kind[] ALL = values();
    }

    /** Small numbers of an event. */
    private static final int COUNTS = 3;

    private final int capacity;
    private final byte[] kinds;
    private final long[] times;
    /** The request, or the number of the step. */
    private final long[] subjects;

    private final int[] counts;
    /** The tenant, or the reason for the end. */
    private final String[] texts;

    private final StepColumns steps;
    private final CycleColumns cycles;
    private long recorded;
    private long stepsRecorded;

    /**
     * An empty trace of an engine without guesses.
     *
     * @param capacity events that it keeps, 1 to 2²⁴
     */
    public Trace(int capacity) {
        this(capacity, 0);
    }

    /**
     * An empty trace.
     *
     * @param capacity events that it keeps, 1 to 2²⁴
     * @param guessesMax most guesses of a request in a step
     */
    public Trace(int capacity, int guessesMax) {
        if (capacity < 1 || capacity > 1 << 24) {
            throw new IllegalArgumentException("trace of " + capacity + " events, allowed are 1 to " + (1 << 24));
        }
        this.capacity = capacity;
        this.kinds = new byte[capacity];
        this.times = new long[capacity];
        this.subjects = new long[capacity];
        this.counts = new int[Math.multiplyExact(capacity, COUNTS)];
        this.texts = new String[capacity];
        this.steps = new StepColumns(Math.max(1, capacity / 2));
        this.cycles = new CycleColumns(guessesMax == 0 ? 0 : capacity / 2 + 1, guessesMax);
    }

    /** A request entered the queue; the parameters are those of {@link TraceEvent.Queued}. */
    public void queued(long timeNs, long request, int promptTokens, String tenant, int priority) {
        record(Kind.QUEUED, timeNs, request, promptTokens, priority, 0, tenant);
    }

    /** A request left the queue; the parameters are those of {@link TraceEvent.Admitted}. */
    public void admitted(long timeNs, long request, int cachedPositions) {
        record(Kind.ADMITTED, timeNs, request, cachedPositions, 0, 0, null);
    }

    /** A token was chosen. */
    public void token(long timeNs, long request, int index, int token) {
        record(Kind.TOKEN, timeNs, request, index, token, 0, null);
    }

    /**
     * Guesses of a request were checked; the parameters are those of {@link TraceEvent.Cycle}.
     *
     * @param guesses of which the first {@code count} count; copied
     */
    public synchronized void checked(
            long timeNs, long request, String source, int[] guesses, int count, int accepted, int tokens) {
        int slot = cycles.add(guesses, count, accepted, tokens);
        record(Kind.CYCLE, timeNs, request, slot, 0, 0, source);
    }

    /** A request was halted. Also an event for Java Flight Recorder. */
    public void paused(long timeNs, long request) {
        record(Kind.PAUSED, timeNs, request, 0, 0, 0, null);
        commit("paused", request, 0);
    }

    /** A request that was halted goes on. Also an event for Java Flight Recorder. */
    public void resumed(long timeNs, long request) {
        record(Kind.RESUMED, timeNs, request, 0, 0, 0, null);
        commit("resumed", request, 0);
    }

    /** A request lost its KV pages; {@code positions} of it will be computed again. Also an event for the recorder. */
    public void preempted(long timeNs, long request, int positions) {
        record(Kind.PREEMPTED, timeNs, request, positions, 0, 0, null);
        commit("preempted", request, positions);
    }

    private static void commit(String state, long request, int positions) {
        // Asked here, because the event's class is slow to load and almost nobody records.
        if (FlightRecorder.isInitialized()) {
            RequestStateEvent.commit(request, state, positions);
        }
    }

    /** A request ended. */
    public void finished(long timeNs, long request, String reason, int tokens) {
        record(Kind.FINISHED, timeNs, request, tokens, 0, 0, reason);
    }

    /**
     * A step ran: records it, and the rows of each request in it.
     *
     * @throws IllegalArgumentException if nobody had rows in it
     */
    public synchronized void stepped(StepRecord step) {
        if (step.requests() == 0) {
            throw new IllegalArgumentException("a step without rows");
        }
        long number = stepsRecorded++;
        steps.set(number, step);
        record(Kind.STEPPED, step.endNs(), number, 0, 0, 0, null);
        for (int i = 0; i < step.requests(); i++) {
            record(
                    Kind.ROWS,
                    step.endNs(),
                    step.request(i),
                    step.prefillRows(i),
                    step.decodeRows(i),
                    step.verifyRows(i),
                    null);
        }
    }

    private synchronized void record(Kind kind, long timeNs, long subject, int a, int b, int c, String text) {
        int slot = (int) (recorded++ % capacity);
        kinds[slot] = (byte) kind.ordinal();
        times[slot] = timeNs;
        subjects[slot] = subject;
        int at = slot * COUNTS;
        counts[at] = a;
        counts[at + 1] = b;
        counts[at + 2] = c;
        texts[slot] = text;
    }

    /** The events that are still there, oldest first. */
    public List<TraceEvent> events() {
        return snapshot().events();
    }

    /** The events that are still there, oldest first, and how many are not. */
    public synchronized TraceSnapshot snapshot() {
        int count = (int) Math.min(recorded, capacity);
        List<TraceEvent> events = new ArrayList<>(count);
        for (long i = recorded - count; i < recorded; i++) {
            events.add(event((int) (i % capacity)));
        }
        return new TraceSnapshot(recorded - count, Collections.unmodifiableList(events));
    }

    private TraceEvent event(int slot) {
        long time = times[slot];
        long subject = subjects[slot];
        int a = counts[slot * COUNTS];
        int b = counts[slot * COUNTS + 1];
        return switch (Kind.ALL[kinds[slot]]) {
            case QUEUED -> new TraceEvent.Queued(time, subject, a, texts[slot], b);
            case ADMITTED -> new TraceEvent.Admitted(time, subject, a);
            case ROWS -> new TraceEvent.Rows(time, subject, a, b, counts[slot * COUNTS + 2]);
            case TOKEN -> new TraceEvent.Token(time, subject, a, b);
            case CYCLE -> cycles.get(a, time, subject, texts[slot]);
            case PAUSED -> new TraceEvent.Paused(time, subject);
            case RESUMED -> new TraceEvent.Resumed(time, subject);
            case PREEMPTED -> new TraceEvent.Preempted(time, subject, a);
            case FINISHED -> new TraceEvent.Finished(time, subject, texts[slot], a);
            case STEPPED -> steps.get(subject, time);
        };
    }
}
