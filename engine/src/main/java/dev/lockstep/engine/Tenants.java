package dev.lockstep.engine;

import dev.lockstep.plan.Tenant;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tenants that have requests, and those that had lately.
 *
 * <p>A tenant's salt is a hash of its name under a secret of this engine: nobody outside can choose a name whose salt equals
 * another's. Guarded by the queue's lock.
 */
final class Tenants {
    /** Most tenants that are remembered; those with requests are, always, and the queue bounds them. */
    static final int REMEMBERED_MAX = 10_000;

    private final Map<String, Double> weights;
    private final byte[] secret = new byte[32];
    private final Map<String, Tenant> byName = new LinkedHashMap<>(16, 0.75f, true);

    Tenants(Map<String, Double> weights) {
        this.weights = weights;
        new SecureRandom().nextBytes(secret);
    }

    Tenant of(String name) {
        Tenant tenant = byName.get(name);
        if (tenant == null) {
            forgetIdle();
            tenant = new Tenant(name, salt(name), weights.getOrDefault(name, 1.0));
            byName.put(name, tenant);
        }
        return tenant;
    }

    /** The one that was asked for longest ago among those without requests. */
    private void forgetIdle() {
        if (byName.size() < REMEMBERED_MAX) {
            return;
        }
        for (Iterator<Tenant> i = byName.values().iterator(); i.hasNext(); ) {
            if (i.next().idle()) {
                i.remove();
                return;
            }
        }
    }

    private long salt(String name) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(secret);
            digest.update(name.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest.digest()).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
