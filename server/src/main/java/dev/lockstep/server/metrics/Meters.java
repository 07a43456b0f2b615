package dev.lockstep.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;

/**
 * Makes meters. Names are written as Prometheus shows them, without what it appends ({@code _seconds} to times,
 * {@code _total} to counters); tags are names and values in turn.
 */
final class Meters {
    private final MeterRegistry registry;

    /** Micrometer holds what a counter asks weakly, so it is held here. */
    private final List<DoubleSupplier> kept = new CopyOnWriteArrayList<>();

    Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    Timer time(String name, String help, double[] buckets, String... tags) {
        return Timer.builder(name)
                .description(help)
                .tags(tags)
                .serviceLevelObjectives(Buckets.durations(buckets))
                .register(registry);
    }

    DistributionSummary sizes(String name, String help, double[] buckets, String... tags) {
        return DistributionSummary.builder(name)
                .description(help)
                .tags(tags)
                .serviceLevelObjectives(Arrays.copyOf(buckets, buckets.length))
                .register(registry);
    }

    Counter counter(String name, String help, String... tags) {
        return Counter.builder(name).description(help).tags(tags).register(registry);
    }

    /** A gauge that asks {@code value}, which is kept for it. */
    void gauge(String name, String help, DoubleSupplier value, String... tags) {
        Gauge.builder(name, value::getAsDouble).description(help).tags(tags).register(registry);
    }

    /** A counter that somebody else keeps. */
    void count(String name, String help, DoubleSupplier value, String... tags) {
        kept.add(value);
        FunctionCounter.builder(name, value, DoubleSupplier::getAsDouble)
                .description(help)
                .tags(tags)
                .register(registry);
    }
}
