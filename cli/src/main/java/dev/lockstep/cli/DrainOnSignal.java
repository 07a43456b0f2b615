package dev.lockstep.cli;

import dev.lockstep.server.LockstepServer;
import java.time.Duration;

/**
 * What a signal does to a server while this is open: it takes no more requests, those that run have some time to end, then
 * the process ends. Being asked to end is no failure, so the exit code is 0 and not the signal's.
 */
final class DrainOnSignal implements AutoCloseable {
    private final LockstepServer server;
    private final int seconds;
    private final Console console;
    private final Thread hook = Thread.ofPlatform().name("lockstep-drain").unstarted(this::end);

    private DrainOnSignal(LockstepServer server, int seconds, Console console) {
        this.server = server;
        this.seconds = seconds;
        this.console = console;
    }

    /**
     * Until it is closed, a signal ends this server.
     *
     * @param seconds that running requests have
     */
    static DrainOnSignal of(LockstepServer server, int seconds, Console console) {
        DrainOnSignal drain = new DrainOnSignal(server, seconds, console);
        Runtime.getRuntime().addShutdownHook(drain.hook);
        return drain;
    }

    private void end() {
        try {
            if (!server.drain(Duration.ofSeconds(seconds))) {
                console.message("requests were ended after " + seconds + " s");
            }
            server.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Runtime.getRuntime().halt(ExitCode.DONE);
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is shutting down already: the hook is what runs now.
        }
    }
}
