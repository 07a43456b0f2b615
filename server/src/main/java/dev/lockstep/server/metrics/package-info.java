/**
 * What the server counts and measures, under the names that dashboards expect; docs/metrics.md lists them.
 *
 * <p>{@link dev.lockstep.server.metrics.ServerMetrics} has them all. What the engine does comes through
 * {@link dev.lockstep.server.metrics.EngineMetrics}, how it stands is asked of it, and what a client was answered is handed over
 * as plain numbers ({@link dev.lockstep.server.metrics.RequestFigures}), so nothing here knows endpoints. Histograms have fixed buckets: what is observed costs a search among some twenty numbers.
 */
package dev.lockstep.server.metrics;
