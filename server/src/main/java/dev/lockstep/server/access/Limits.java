package dev.lockstep.server.access;

import java.time.Duration;

/**
 * How much of the server anybody may have. Every queue, body and wait has its limit here; docs/security.md says what
 * happens at each.
 *
 * @param bodyBytes bytes of a request's body
 * @param headerBytes bytes of a request's line and headers
 * @param connections connections in all; more wait until the system's backlog is full
 * @param connectionsPerAddress connections from one address (of IPv6, from one /64); loopback has no such limit, since
 *     behind it stands a proxy, or the machine's owner. 0: no limit
 * @param keyRequestsPerSecond requests a second of one key in the long run; 0: no limit
 * @param keyBurst requests of one key that may come at once
 * @param keyConcurrent requests of one key at a time; 0: no limit
 * @param promptTokens tokens of a prompt; 0: as many as the context holds
 * @param outputTokens tokens of an answer; 0: as many as the context holds
 * @param promptsPerRequest sequences that one request may ask for: its prompts times {@code n} (or {@code best_of})
 * @param queueLength requests that wait
 * @param queueTime how long one may wait until its first completion is admitted; 0: no limit
 * @param requestTime how long one may take in all
 * @param headTime how long a request's line and headers, a TLS handshake, or the silence after connecting may last
 * @param idleTime how long a connection may be kept without a request
 * @param grace how long a body or its reader may be slow before its rate counts
 * @param bytesInPerSecond least rate of a body that is sent; 0: no limit
 * @param bytesOutPerSecond least rate at which an answer is taken while the server waits for its reader; 0: no limit
 */
public record Limits(
        long bodyBytes,
        int headerBytes,
        int connections,
        int connectionsPerAddress,
        double keyRequestsPerSecond,
        int keyBurst,
        int keyConcurrent,
        int promptTokens,
        int outputTokens,
        int promptsPerRequest,
        int queueLength,
        Duration queueTime,
        Duration requestTime,
        Duration headTime,
        Duration idleTime,
        Duration grace,
        long bytesInPerSecond,
        long bytesOutPerSecond) {
    /** What holds if nobody says otherwise. */
    public static final Limits DEFAULTS = new Limits(
            8L << 20,
            16 << 10,
            4096,
            128,
            20,
            40,
            64,
            0,
            0,
            128,
            1024,
            Duration.ofMinutes(2),
            Duration.ofMinutes(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            1024,
            256);

    /** Checks every figure. */
    public Limits {
        atLeast("body bytes", bodyBytes, 1);
        atMost("body bytes", bodyBytes, 1L << 30);
        atLeast("header bytes", headerBytes, 1024);
        atMost("header bytes", headerBytes, 1 << 20);
        atLeast("connections", connections, 1);
        atLeast("connections per address", connectionsPerAddress, 0);
        if (!(keyRequestsPerSecond >= 0 && keyRequestsPerSecond <= 1e6)) {
            throw new IllegalArgumentException(
                    "requests per second of a key is " + keyRequestsPerSecond + ", must be 0 to 1000000");
        }
        atLeast("requests at once of a key", keyBurst, 1);
        atLeast("concurrent requests of a key", keyConcurrent, 0);
        atLeast("prompt tokens", promptTokens, 0);
        atLeast("output tokens", outputTokens, 0);
        atLeast("prompts per request", promptsPerRequest, 1);
        atLeast("queue length", queueLength, 1);
        if (!queueTime.isZero()) {
            positive("time in the queue", queueTime);
        }
        positive("time per request", requestTime);
        positive("time for headers", headTime);
        positive("idle time", idleTime);
        positive("grace", grace);
        atLeast("bytes in per second", bytesInPerSecond, 0);
        atLeast("bytes out per second", bytesOutPerSecond, 0);
    }

    private static void atLeast(String what, long value, long min) {
        if (value < min) {
            throw new IllegalArgumentException("the limit of " + what + " is " + value + ", must be at least " + min);
        }
    }

    private static void atMost(String what, long value, long max) {
        if (value > max) {
            throw new IllegalArgumentException("the limit of " + what + " is " + value + ", must be at most " + max);
        }
    }

    private static void positive(String what, Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(
                    "the limit of " + what + " is " + value + ", must be more than 0 and at most a day");
        }
    }

    /** These, to be changed. */
    public LimitsBuilder toBuilder() {
        return new LimitsBuilder(this);
    }
}
