package dev.lockstep.bench.http;

import dev.lockstep.bench.http.HttpLoadOptions.Manner;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Many clients at one server, each in a virtual thread with a connection of its own. First all connect, and each gets
 * an answer that costs nothing, so that all of them are surely open; slow readers connect when they ask. Then they ask, in a closed loop, until the load
 * is over; what was begun is waited for. A client that was refused comes back when the server said.
 */
public final class HttpLoad {
    private static final int PROGRESS_MS = 100;

    /** Hears how it goes, often, from the thread that runs the load. */
    public interface Listener {
        /**
         * So far, so good.
         *
         * @param what what so many clients are: connected, done
         */
        void progress(String what, int clients, LoadTally tally);
    }

    /**
     * What came of it.
     *
     * @param tally what became of the requests
     * @param openMs until all connections were open and had an answer
     * @param seconds from the first request until the last answer
     */
    public record Result(LoadTally tally, double openMs, double seconds) {}

    /** What is done with a client, in its thread. */
    private interface Task {
        void with(LoadClient client) throws IOException, InterruptedException;
    }

    private final URI server;
    private final HttpLoadOptions options;
    private final List<CheckedRequest> requests;
    private final LoadTally tally = new LoadTally();

    /**
     * A load that has not begun.
     *
     * @param requests are asked in turns
     */
    public HttpLoad(URI server, HttpLoadOptions options, List<CheckedRequest> requests) {
        this.server = server;
        this.options = options;
        this.requests = List.copyOf(requests);
    }

    /**
     * Runs it.
     *
     * @param opened runs when all have connected, before the first request
     * @param answered runs after the last answer, while all connections are still open
     * @throws IOException if a client cannot even connect
     */
    public Result run(Runnable opened, Runnable answered, Listener listener) throws IOException, InterruptedException {
        List<Manner> manners = options.manners();
        int readers =
                (int) manners.stream().filter(manner -> manner != Manner.SLOW).count();
        LoadClock clock = new LoadClock(options.requestsMax(), readers);
        List<LoadClient> clients = clients(manners, clock);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long openNs = System.nanoTime();
            eachOf(clients, threads, LoadClient::open, done -> listener.progress("connected", done, tally));
            double openMs = (System.nanoTime() - openNs) / 1e6;
            opened.run();
            long beginNs = System.nanoTime();
            clock.start(options.seconds());
            eachOf(clients, threads, client -> client.ask(requests), done -> listener.progress("done", done, tally));
            double seconds = (System.nanoTime() - beginNs) / 1e9;
            answered.run();
            return new Result(tally, openMs, seconds);
        } finally {
            clients.forEach(LoadClient::close);
        }
    }

    private List<LoadClient> clients(List<Manner> manners, LoadClock clock) {
        List<LoadClient> clients = new ArrayList<>();
        for (Manner manner : manners) {
            clients.add(
                    new LoadClient(server, options, manner, new Random(options.seed() + clients.size()), tally, clock));
        }
        return clients;
    }

    /** Does something with all clients at the same time, and tells now and then of how many it is done. */
    private static void eachOf(List<LoadClient> clients, ExecutorService threads, Task task, IntConsumer progress)
            throws IOException, InterruptedException {
        CompletionService<Void> tasks = new ExecutorCompletionService<>(threads);
        for (LoadClient client : clients) {
            tasks.submit(() -> {
                task.with(client);
                return null;
            });
        }
        for (int done = 0; done < clients.size(); ) {
            Future<Void> next = tasks.poll(PROGRESS_MS, TimeUnit.MILLISECONDS);
            if (next != null) {
                end(next);
                done++;
            }
            progress.accept(done);
        }
    }

    private static void end(Future<Void> task) throws IOException, InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
