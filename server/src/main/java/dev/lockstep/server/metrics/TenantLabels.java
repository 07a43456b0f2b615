package dev.lockstep.server.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The names of tenants that metrics tell apart. Each makes series of its own for as long as the server runs, so the first
 * {@value #MOST} get one and all others are {@value #OTHER}.
 */
final class TenantLabels {
    /** Most names. */
    static final int MOST = 100;

    /** The label of those that came later. */
    static final String OTHER = "other";

    private final Set<String> names = ConcurrentHashMap.newKeySet();

    /** What metrics call this tenant. */
    String of(String tenant) {
        if (names.contains(tenant)) {
            return tenant;
        }
        synchronized (names) {
            if (names.size() >= MOST) {
                return OTHER;
            }
            names.add(tenant);
            return tenant;
        }
    }
}
