package dev.lockstep.tensor;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes what it was given, last first: for objects made of several resources, which must all be given back when a
 * later one cannot be made.
 */
public final class Owned implements AutoCloseable {
    /** A resource whose closing throws nothing checked. */
    public interface Resource extends AutoCloseable {
        @Override
        void close();
    }

    private final Deque<Resource> resources = new ArrayDeque<>();

    /** Takes over the closing of {@code resource}. */
    public <T extends Resource> T own(T resource) {
        resources.push(resource);
        return resource;
    }

    @Override
    public void close() {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
    }
}
