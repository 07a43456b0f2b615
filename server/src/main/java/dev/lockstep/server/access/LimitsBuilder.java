package dev.lockstep.server.access;

import java.time.Duration;

/** Makes {@link Limits} out of others; each method sets what the component of its name says. */
public final class LimitsBuilder {
    private long bodyBytes;
    private int headerBytes;
    private int connections;
    private int connectionsPerAddress;
    private double keyRequestsPerSecond;
    private int keyBurst;
    private int keyConcurrent;
    private int promptTokens;
    private int outputTokens;
    private int promptsPerRequest;
    private int queueLength;
    private Duration queueTime;
    private Duration requestTime;
    private Duration headTime;
    private Duration idleTime;
    private Duration grace;
    private long bytesInPerSecond;
    private long bytesOutPerSecond;

    LimitsBuilder(Limits limits) {
        bodyBytes = limits.bodyBytes();
        headerBytes = limits.headerBytes();
        connections = limits.connections();
        connectionsPerAddress = limits.connectionsPerAddress();
        keyRequestsPerSecond = limits.keyRequestsPerSecond();
        keyBurst = limits.keyBurst();
        keyConcurrent = limits.keyConcurrent();
        promptTokens = limits.promptTokens();
        outputTokens = limits.outputTokens();
        promptsPerRequest = limits.promptsPerRequest();
        queueLength = limits.queueLength();
        queueTime = limits.queueTime();
        requestTime = limits.requestTime();
        headTime = limits.headTime();
        idleTime = limits.idleTime();
        grace = limits.grace();
        bytesInPerSecond = limits.bytesInPerSecond();
        bytesOutPerSecond = limits.bytesOutPerSecond();
    }

    /** See {@link Limits#bodyBytes}. */
    public LimitsBuilder bodyBytes(long limit) {
        bodyBytes = limit;
        return this;
    }

    /** See {@link Limits#headerBytes}. */
    public LimitsBuilder headerBytes(int limit) {
        headerBytes = limit;
        return this;
    }

    /** See {@link Limits#connections}. */
    public LimitsBuilder connections(int limit) {
        connections = limit;
        return this;
    }

    /** See {@link Limits#connectionsPerAddress}. */
    public LimitsBuilder connectionsPerAddress(int limit) {
        connectionsPerAddress = limit;
        return this;
    }

    /** See {@link Limits#keyRequestsPerSecond}. */
    public LimitsBuilder keyRequestsPerSecond(double limit) {
        keyRequestsPerSecond = limit;
        return this;
    }

    /** See {@link Limits#keyBurst}. */
    public LimitsBuilder keyBurst(int limit) {
        keyBurst = limit;
        return this;
    }

    /** See {@link Limits#keyConcurrent}. */
    public LimitsBuilder keyConcurrent(int limit) {
        keyConcurrent = limit;
        return this;
    }

    /** See {@link Limits#promptTokens}. */
    public LimitsBuilder promptTokens(int limit) {
        promptTokens = limit;
        return this;
    }

    /** See {@link Limits#outputTokens}. */
    public LimitsBuilder outputTokens(int limit) {
        outputTokens = limit;
        return this;
    }

    /** See {@link Limits#promptsPerRequest}. */
    public LimitsBuilder promptsPerRequest(int limit) {
        promptsPerRequest = limit;
        return this;
    }

    /** See {@link Limits#queueLength}. */
    public LimitsBuilder queueLength(int limit) {
        queueLength = limit;
        return this;
    }

    /** See {@link Limits#queueTime}. */
    public LimitsBuilder queueTime(Duration limit) {
        queueTime = limit;
        return this;
    }

    /** See {@link Limits#requestTime}. */
    public LimitsBuilder requestTime(Duration limit) {
        requestTime = limit;
        return this;
    }

    /** See {@link Limits#headTime}. */
    public LimitsBuilder headTime(Duration limit) {
        headTime = limit;
        return this;
    }

    /** See {@link Limits#idleTime}. */
    public LimitsBuilder idleTime(Duration limit) {
        idleTime = limit;
        return this;
    }

    /** See {@link Limits#grace}. */
    public LimitsBuilder grace(Duration limit) {
        grace = limit;
        return this;
    }

    /** See {@link Limits#bytesInPerSecond}. */
    public LimitsBuilder bytesInPerSecond(long limit) {
        bytesInPerSecond = limit;
        return this;
    }

    /** See {@link Limits#bytesOutPerSecond}. */
    public LimitsBuilder bytesOutPerSecond(long limit) {
        bytesOutPerSecond = limit;
        return this;
    }

    /**
     * The limits.
     *
     * @throws IllegalArgumentException if one of them is out of range
     */
    public Limits build() {
        return new Limits(
                bodyBytes,
                headerBytes,
                connections,
                connectionsPerAddress,
                keyRequestsPerSecond,
                keyBurst,
                keyConcurrent,
                promptTokens,
                outputTokens,
                promptsPerRequest,
                queueLength,
                queueTime,
                requestTime,
                headTime,
                idleTime,
                grace,
                bytesInPerSecond,
                bytesOutPerSecond);
    }
}
