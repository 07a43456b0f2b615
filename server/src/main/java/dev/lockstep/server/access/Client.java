package dev.lockstep.server.access;

import org.eclipse.jetty.server.Request;

/**
 * Who a request is from, and what they may have: the tenant.
 *
 * <p>Its name is the key's name in the key file. It salts the prefix cache, has a fair share of the steps by its weight,
 * and labels metrics and log lines.
 *
 * @param name who
 * @param weight share of the steps, against the others'; at least 1
 * @param requestsPerSecond requests a second in the long run; 0 for as many as come
 * @param concurrent requests at a time; 0 for as many as come
 */
public record Client(String name, int weight, double requestsPerSecond, int concurrent) {
    /**
     * Who everybody is where no keys are asked for. It has no limits of its own: its requests are those of many, and one
     * of them must not use up what another may have. Addresses would tell apart no more than machines and proxies do.
     */
    public static final Client ANONYMOUS = new Client("anonymous", 1, 0, 0);

    private static final String ATTRIBUTE = "dev.lockstep.server.client";

    /** Most characters of a name. */
    static final int NAME_LENGTH_MAX = 64;

    /** Checks the figures. */
    public Client {
        if (!name.matches("[A-Za-z0-9._@-]{1," + NAME_LENGTH_MAX + "}")) {
            throw new IllegalArgumentException(
                    "name '" + name + "', must be 1 to " + NAME_LENGTH_MAX + " letters, digits, '.', '_', '@' or '-'");
        }
        if (weight < 1 || weight > 1000) {
            throw new IllegalArgumentException("weight is " + weight + ", must be 1 to 1000");
        }
        if (!(requestsPerSecond >= 0 && requestsPerSecond <= 1e6)) {
            throw new IllegalArgumentException("rps is " + requestsPerSecond + ", must be 0 to 1000000");
        }
        if (concurrent < 0) {
            throw new IllegalArgumentException("concurrent is " + concurrent + ", must be at least 0");
        }
    }

    /** Who the request is from; {@link #ANONYMOUS} where nobody asked. */
    public static Client of(Request request) {
        return request.getAttribute(ATTRIBUTE) instanceof Client client ? client : ANONYMOUS;
    }

    /** Notes who the request is from. */
    void noteIn(Request request) {
        request.setAttribute(ATTRIBUTE, this);
    }
}
