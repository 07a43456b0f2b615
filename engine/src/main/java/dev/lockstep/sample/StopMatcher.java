package dev.lockstep.sample;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Finds the first of several stop strings in a stream of bytes, wherever token borders fall, and knows how many of the
 * last bytes could still become one.
 *
 * <p>One Knuth–Morris–Pratt automaton a stop string; feeding a byte allocates nothing. Bytes and not characters,
 * because a token may end inside a character. Not thread-safe.
 */
public final class StopMatcher {
    private final byte[][] stops;
    private final int[][] failures;
    private final int[] states;
    private long fed;
    private long start = -1;

    /**
     * A matcher at the start of a stream.
     *
     * @param stops the strings; none may be empty
     */
    public StopMatcher(List<String> stops) {
        this.stops = new byte[stops.size()][];
        this.failures = new int[stops.size()][];
        this.states = new int[stops.size()];
        for (int i = 0; i < this.stops.length; i++) {
            if (stops.get(i).isEmpty()) {
                throw new IllegalArgumentException("stop string " + (i + 1) + " is empty");
            }
            this.stops[i] = stops.get(i).getBytes(StandardCharsets.UTF_8);
            this.failures[i] = failures(this.stops[i]);
        }
    }

    /** For each prefix of the pattern, the length of its longest proper border. */
    private static int[] failures(byte[] pattern) {
        int[] failure = new int[pattern.length];
        for (int i = 1, k = 0; i < pattern.length; i++) {
            while (k > 0 && pattern[i] != pattern[k]) {
                k = failure[k - 1];
            }
            if (pattern[i] == pattern[k]) {
                k++;
            }
            failure[i] = k;
        }
        return failure;
    }

    /**
     * Takes the next bytes of the stream.
     *
     * @return whether a stop string has been completed, now or before; what follows it is not looked at
     */
    public boolean feed(byte[] bytes) {
        for (int i = 0; i < bytes.length && start < 0; i++) {
            fed++;
            for (int s = 0; s < stops.length; s++) {
                advance(s, bytes[i]);
            }
        }
        return start >= 0;
    }

    private void advance(int s, byte b) {
        byte[] pattern = stops[s];
        int state = states[s];
        while (state > 0 && pattern[state] != b) {
            state = failures[s][state - 1];
        }
        if (pattern[state] == b) {
            state++;
        }
        states[s] = state;
        // Of two stop strings that end at the same byte, the longer one started first.
        if (state == pattern.length && (start < 0 || fed - pattern.length < start)) {
            start = fed - pattern.length;
        }
    }

    /** Bytes from the start of the stream to the stop string that was found, or −1. */
    public long start() {
        return start;
    }

    /** Bytes at the end of what was fed that are the beginning of a stop string; 0 once one was found. */
    public int held() {
        int held = 0;
        if (start < 0) {
            for (int state : states) {
                held = Math.max(held, state);
            }
        }
        return held;
    }
}
