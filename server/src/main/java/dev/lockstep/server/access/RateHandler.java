package dev.lockstep.server.access;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Holds each {@link Client} to its rate and its requests at a time; over them is 429 with {@code Retry-After}.
 *
 * <p>A client whose limits change in the key file starts afresh with the new ones.
 */
public final class RateHandler extends Handler.Wrapper {
    private final int burst;
    private final Predicate<String> counts;
    private final LongSupplier clock;
    private final Map<String, Load> loads = new ConcurrentHashMap<>();

    /** What a client has used up. */
    private static final class Load {
        private final Client client;
        private final TokenBucket bucket;
        private final AtomicInteger running = new AtomicInteger();

        Load(Client client, TokenBucket bucket) {
            this.client = client;
            this.bucket = bucket;
        }

        boolean enter() {
            int most = client.concurrent() == 0 ? Integer.MAX_VALUE : client.concurrent();
            return running.getAndUpdate(now -> now < most ? now + 1 : now) < most;
        }

        void leave() {
            running.decrementAndGet();
        }
    }

    /**
     * @param limits how many requests may come at once
     * @param counts which paths count, such as those under {@code /v1/}
     */
    public RateHandler(Limits limits, Predicate<String> counts) {
        this(limits, counts, System::nanoTime);
    }

    RateHandler(Limits limits, Predicate<String> counts, LongSupplier clock) {
        this.burst = limits.keyBurst();
        this.counts = counts;
        this.clock = clock;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!counts.test(Request.getPathInContext(request))) {
            return super.handle(request, response, callback);
        }
        Client client = Client.of(request);
        Load load =
                loads.compute(client.name(), (_, old) -> old != null && old.client.equals(client) ? old : of(client));
        if (!load.enter()) {
            Refusal.tooMany(
                            "'" + client.name() + "' has " + client.concurrent()
                                    + " requests running, which is as many as it may have at a time",
                            1)
                    .write(response, callback);
            return true;
        }
        long waitNs = load.bucket == null ? 0 : load.bucket.take(clock.getAsLong());
        if (waitNs > 0) {
            load.leave();
            refuseRate(client, waitNs, response, callback);
            return true;
        }
        Visit visit = new Visit(request, response, load);
        Request.addCompletionListener(request, _ -> visit.end());
        return super.handle(request, visit, callback);
    }

    /**
     * A request that counts, until its last bytes are handed over: whoever has read a whole answer may come back at once,
     * also on another connection, and the request's completion is noticed only after that.
     */
    private static final class Visit extends Response.Wrapper {
        private final Load load;
        private final AtomicBoolean over = new AtomicBoolean();

        Visit(Request request, Response response, Load load) {
            super(request, response);
            this.load = load;
        }

        @Override
        public void write(boolean last, ByteBuffer content, Callback callback) {
            if (last) {
                end();
            }
            super.write(last, content, callback);
        }

        void end() {
            if (over.compareAndSet(false, true)) {
                load.leave();
            }
        }
    }

    private void refuseRate(Client client, long waitNs, Response response, Callback callback) {
        long seconds = Math.ceilDiv(waitNs, 1_000_000_000L);
        Refusal.tooMany(
                        "'" + client.name() + "' sent more than " + client.requestsPerSecond()
                                + " requests a second; come back in " + seconds + " s",
                        seconds)
                .write(response, callback);
    }

    private Load of(Client client) {
        double perSecond = client.requestsPerSecond();
        // Who has a low rate does not get the server's burst: two seconds' worth, and at least one request.
        double most = Math.min(burst, Math.max(1, 2 * perSecond));
        return new Load(client, perSecond == 0 ? null : new TokenBucket(perSecond, most, clock.getAsLong()));
    }

    /** Requests of this client that run. */
    public int running(String client) {
        Load load = loads.get(client);
        return load == null ? 0 : load.running.get();
    }
}
