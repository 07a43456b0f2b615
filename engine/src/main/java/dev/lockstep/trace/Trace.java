package dev.lockstep.trace;

import dev.lockstep.model.PhaseTimes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The last events of an engine, in a bounded ring.
 *
 * <p>Writers fill columns of numbers, so recording allocates nothing; readers get records. When the ring is full the
 * oldest event makes room. Thread-safe.
 */
public final class Trace {
    private enum Kind {
        QUEUED,
        ADMITTED,
        TOKEN,
        FINISHED,
        STEPPED
    }

    /** Numbers of an event besides its kind and time. */
    private static final int FIELDS = 6;

    /** A step's times by phase, and its barriers. */
    private static final int STEP_FIELDS = PhaseTimes.PHASES + 1;

    private final int capacity;
    private final byte[] kinds;
    private final long[] times;
    private final long[] fields;
    private final long[] stepFields;
    private final String[] reasons;
    private long recorded;

    /**
     * An empty trace.
     *
     * @param capacity events that it keeps, 1 to 2²⁴
     */
    public Trace(int capacity) {
        if (capacity < 1 || capacity > 1 << 24) {
            throw new IllegalArgumentException("trace of " + capacity + " events, allowed are 1 to " + (1 << 24));
        }
        this.capacity = capacity;
        this.kinds = new byte[capacity];
        this.times = new long[capacity];
        this.fields = new long[Math.multiplyExact(capacity, FIELDS)];
        this.stepFields = new long[Math.multiplyExact(capacity, STEP_FIELDS)];
        this.reasons = new String[capacity];
    }

    /** A request entered the queue. */
    public void queued(long timeNs, long request, int promptTokens) {
        record(Kind.QUEUED, timeNs, request, promptTokens, 0, 0, 0, 0);
    }

    /** A request left the queue. */
    public void admitted(long timeNs, long request) {
        record(Kind.ADMITTED, timeNs, request, 0, 0, 0, 0, 0);
    }

    /** A token was chosen. */
    public void token(long timeNs, long request, int index, int token) {
        record(Kind.TOKEN, timeNs, request, index, token, 0, 0, 0);
    }

    /** A request ended. */
    public synchronized void finished(long timeNs, long request, String reason, int tokens) {
        reasons[(int) (recorded % capacity)] = reason;
        record(Kind.FINISHED, timeNs, request, tokens, 0, 0, 0, 0);
    }

    /** A step ran; the parameters are those of {@link TraceEvent.Stepped}. */
    public synchronized void stepped(
            long timeNs,
            long beginNs,
            int prefillRows,
            int decodeRows,
            long flops,
            long weightBytes,
            long kvBytes,
            long[] phaseNs,
            int barriers) {
        int at = (int) (recorded % capacity) * STEP_FIELDS;
        System.arraycopy(phaseNs, 0, stepFields, at, PhaseTimes.PHASES);
        stepFields[at + PhaseTimes.PHASES] = barriers;
        record(Kind.STEPPED, timeNs, beginNs, prefillRows, decodeRows, flops, weightBytes, kvBytes);
    }

    private synchronized void record(Kind kind, long timeNs, long a, long b, long c, long d, long e, long f) {
        int slot = (int) (recorded++ % capacity);
        kinds[slot] = (byte) kind.ordinal();
        times[slot] = timeNs;
        int at = slot * FIELDS;
        fields[at] = a;
        fields[at + 1] = b;
        fields[at + 2] = c;
        fields[at + 3] = d;
        fields[at + 4] = e;
        fields[at + 5] = f;
    }

    /** The events that are still there, oldest first. */
    public synchronized List<TraceEvent> events() {
        int count = (int) Math.min(recorded, capacity);
        List<TraceEvent> events = new ArrayList<>(count);
        for (long i = recorded - count; i < recorded; i++) {
            events.add(event((int) (i % capacity)));
        }
        return events;
    }

    private TraceEvent event(int slot) {
        long time = times[slot];
        int at = slot * FIELDS;
        long a = fields[at];
        int b = (int) fields[at + 1];
        int c = (int) fields[at + 2];
        return switch (Kind.values()[kinds[slot]]) {
            case QUEUED -> new TraceEvent.Queued(time, a, b);
            case ADMITTED -> new TraceEvent.Admitted(time, a);
            case TOKEN -> new TraceEvent.Token(time, a, b, c);
            case FINISHED -> new TraceEvent.Finished(time, a, reasons[slot], b);
            case STEPPED ->
                new TraceEvent.Stepped(time, a, b, c, fields[at + 3], fields[at + 4], fields[at + 5], phases(slot));
        };
    }

    private PhaseTimes phases(int slot) {
        int at = slot * STEP_FIELDS;
        long[] ns = Arrays.copyOfRange(stepFields, at, at + PhaseTimes.PHASES);
        return new PhaseTimes(ns, (int) stepFields[at + PhaseTimes.PHASES]);
    }
}
