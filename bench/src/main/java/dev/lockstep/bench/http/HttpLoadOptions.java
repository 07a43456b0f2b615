package dev.lockstep.bench.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * How clients load a server.
 *
 * @param connections clients, each with a connection of its own, 1 to {@value #CONNECTIONS_MAX}
 * @param requestsMax requests in all, those that are refused among them; no client begins another one then
 * @param seconds nor after so many seconds
 * @param vanishing the part of the clients that go away in the middle of every answer, 0 to 1
 * @param slow the part of the clients that read slowly, 0 to 1
 * @param slowBytesPerSecond how slowly
 * @param silenceSeconds how long a good client waits for a byte before it calls the request lost
 * @param seed chooses who vanishes and when, and who asks what
 */
public record HttpLoadOptions(
        int connections,
        int requestsMax,
        double seconds,
        double vanishing,
        double slow,
        int slowBytesPerSecond,
        int silenceSeconds,
        long seed) {
    /** Most connections. */
    public static final int CONNECTIONS_MAX = 16_384;

    /** Checks the ranges. */
    public HttpLoadOptions {
        if (connections < 1 || connections > CONNECTIONS_MAX) {
            throw new IllegalArgumentException(connections + " connections, allowed are 1 to " + CONNECTIONS_MAX);
        }
        if (requestsMax < 1) {
            throw new IllegalArgumentException(requestsMax + " requests, must be at least 1");
        }
        if (!(seconds > 0)) {
            throw new IllegalArgumentException("a load of " + seconds + " seconds, must be more than 0");
        }
        if (!(vanishing >= 0 && slow >= 0 && vanishing + slow < 1)) {
            throw new IllegalArgumentException("parts of " + vanishing + " vanishing and " + slow
                    + " slow clients; each must be at least 0, and their sum below 1");
        }
        if (slowBytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "slow readers of " + slowBytesPerSecond + " bytes a second, must be at least 1");
        }
        if (silenceSeconds < 1 || silenceSeconds > 3_600) {
            throw new IllegalArgumentException("a silence of " + silenceSeconds + " seconds, allowed are 1 to 3600");
        }
    }

    /** How a client behaves. */
    enum Manner {
        GOOD,
        VANISHING,
        SLOW
    }

    /**
     * How each client does: as many of each kind as their parts are of all, rounded, in an order that the seed chooses.
     */
    List<Manner> manners() {
        int vanishers = (int) Math.round(vanishing * connections);
        int slowOnes = Math.min((int) Math.round(slow * connections), connections - vanishers);
        List<Manner> all = new ArrayList<>(Collections.nCopies(vanishers, Manner.VANISHING));
        all.addAll(Collections.nCopies(slowOnes, Manner.SLOW));
        all.addAll(Collections.nCopies(connections - all.size(), Manner.GOOD));
        Collections.shuffle(all, new Random(seed));
        return all;
    }
}
