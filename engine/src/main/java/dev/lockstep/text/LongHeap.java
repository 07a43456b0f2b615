package dev.lockstep.text;

import java.util.Arrays;

/** A binary min-heap of longs. Counts its steps, so that a test can bound the work instead of the time. */
final class LongHeap {
    private long[] elements = new long[64];
    private int size;
    private long steps;

    boolean isEmpty() {
        return size == 0;
    }

    /** The number of levels walked by all calls so far. */
    long steps() {
        return steps;
    }

    void clear() {
        size = 0;
    }

    void push(long element) {
        if (size == elements.length) {
            elements = Arrays.copyOf(elements, IntSequence.grown(size));
        }
        int at = size++;
        while (at > 0) {
            steps++;
            int parent = at - 1 >>> 1;
            if (elements[parent] <= element) {
                break;
            }
            elements[at] = elements[parent];
            at = parent;
        }
        elements[at] = element;
    }

    /** Removes the least element, of which there must be one. */
    long pop() {
        long least = elements[0];
        long last = elements[--size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            steps++;
            if (child + 1 < size && elements[child + 1] < elements[child]) {
                child++;
            }
            if (elements[child] >= last) {
                break;
            }
            elements[at] = elements[child];
            at = child;
        }
        elements[at] = last;
        return least;
    }
}
