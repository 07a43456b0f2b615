/**
 * A server under load, seen from its clients: raw connections that check every byte they get
 * ({@link dev.lockstep.bench.http.HttpLoad}), the process that answers them ({@link
 * dev.lockstep.bench.http.ServerProcess}, {@link dev.lockstep.bench.http.ProcessUse}), and what it says about itself
 * ({@link dev.lockstep.bench.http.MetricsCheck}). docs/server-load.md tells what is measured and how.
 */
package dev.lockstep.bench.http;
