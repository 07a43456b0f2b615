package dev.lockstep.engine;

import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.Lincheck;

/**
 * Runs a scenario of a few threads again and again, each time with other switches between them, which a model checker
 * chooses one after another (Koval et al. 2023, "Lincheck: A Practical Framework for Testing Concurrent Data Structures on
 * JVM"). A scenario fails if one of its threads throws, or if those that are left all wait for each other.
 *
 * <p>Time stands still in a scenario, so nothing in it may depend on time going by. A call of a JDK collection is one step,
 * so that a list has a lock around it is for other tests to see.
 */
final class Interleavings {
    /** Marks tests that take a JVM of their own, since the model checker rewrites the classes of the one it runs in. */
    static final String TAG = "interleaving";

    /** Runs of a scenario. */
    private static final int COUNT = Integer.getInteger("lockstep.interleavings", 100);

    /** What one thread does. */
    interface Part {
        void run() throws Exception;
    }

    private Interleavings() {}

    /** Runs {@code scenario}, or throws with a description of the switches that broke it. */
    static void explore(Runnable scenario) {
        Lincheck.runConcurrentTest(COUNT, scenario);
    }

    /** Runs the first part in this thread and each of the others in one of its own, waits for all, and throws what one threw. */
    static void together(Part first, Part... others) {
        Throwable[] thrown = new Throwable[others.length];
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < others.length; i++) {
            int number = i;
            Thread thread = new Thread(() -> thrown[number] = thrownBy(others[number]));
            threads.add(thread);
            thread.start();
        }
        run(first);
        for (int i = 0; i < others.length; i++) {
            Thread thread = threads.get(i);
            // Not a method reference: the model checker does not see what is called through one.
            run(() -> thread.join());
            // Handed over by hand, since the model checker takes note of what this thread throws alone.
            if (thrown[i] != null) {
                throw new AssertionError("a thread failed: " + thrown[i].getMessage(), thrown[i]);
            }
        }
    }

    private static Throwable thrownBy(Part part) {
        try {
            part.run();
            return null;
        } catch (Exception | AssertionError e) {
            return e;
        }
    }

    private static void run(Part part) {
        try {
            part.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** For scenarios, in which assertions of a library would be interleaved too. */
    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
