/**
 * What the server counts and measures, under the names that dashboards expect; docs/metrics.md lists them.
 *
 * <p>{@link dev.lockstep.server.metrics.ServerMetrics} has them all. Steps and requests are handed
 * over as plain numbers ({@link dev.lockstep.server.metrics.RequestFigures}) and the engine is asked how it stands, so nothing
 * here knows endpoints. Histograms have fixed buckets: what is observed costs a search among some twenty numbers.
 */
package dev.lockstep.server.metrics;
