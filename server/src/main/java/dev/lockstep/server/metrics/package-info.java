/**
 * What the server counts and measures, under the names that dashboards expect; docs/metrics.md lists them.
 *
 * <p>{@link dev.lockstep.server.metrics.ServerMetrics} has them all. Whatever is measured is handed over as plain numbers
 * ({@link dev.lockstep.server.metrics.RequestFigures}, {@link dev.lockstep.server.metrics.EngineFigures}), so nothing here
 * knows endpoints or the engine. Histograms have fixed buckets: what is observed costs a search among some twenty numbers.
 */
package dev.lockstep.server.metrics;
