package dev.lockstep.engine;

/** A request was refused because the queue holds as many as it may. Nothing else happened; try again later. */
public final class QueueFullException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    QueueFullException(int capacity) {
        super("the queue is full: " + capacity + " requests are waiting, which is its limit");
    }
}
