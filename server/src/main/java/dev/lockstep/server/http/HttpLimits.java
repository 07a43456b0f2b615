package dev.lockstep.server.http;

import java.time.Duration;

/**
 * What the HTTP layer takes from its clients.
 *
 * @param bodyBytesMax longest body of a request
 * @param headerBytesMax longest line and headers of a request
 * @param connectionsMax most connections at once
 * @param idleMax how long a connection may stand still: between requests, while a request arrives, and while an answer that is
 *     there is not taken
 * @param requestBytesPerSecondMin how fast a body must arrive, or 0
 */
public record HttpLimits(
        int bodyBytesMax, int headerBytesMax, int connectionsMax, Duration idleMax, int requestBytesPerSecondMin) {
    /** 8 MiB, 16 KiB, 4096 connections, 30 seconds, 64 bytes a second. */
    public static final HttpLimits DEFAULT = new HttpLimits(8 << 20, 16 << 10, 4_096, Duration.ofSeconds(30), 64);

    /** Checks every range. */
    public HttpLimits {
        check("body bytes", bodyBytesMax, 1_024, 1 << 30);
        check("header bytes", headerBytesMax, 1_024, 1 << 20);
        check("connections", connectionsMax, 1, 1 << 20);
        check("idle milliseconds", idleMax.toMillis(), 1, Duration.ofDays(1).toMillis());
        check("request bytes a second", requestBytesPerSecondMin, 0, 1 << 30);
    }

    private static void check(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "limit of " + name + " is " + value + ", allowed are " + min + " to " + max);
        }
    }
}
