package dev.lockstep.text;

import java.util.Arrays;

/** A growing list of ints. */
final class IntSequence {
    private int[] elements;
    private int size;

    IntSequence(int capacity) {
        elements = new int[Math.max(capacity, 8)];
    }

    int size() {
        return size;
    }

    int get(int index) {
        return elements[index];
    }

    void set(int index, int element) {
        elements[index] = element;
    }

    void add(int element) {
        if (size == elements.length) {
            elements = Arrays.copyOf(elements, grown(size));
        }
        elements[size++] = element;
    }

    void clear() {
        size = 0;
    }

    int[] toArray() {
        return Arrays.copyOf(elements, size);
    }

    /** The next capacity after a full one: half as much again. */
    static int grown(int capacity) {
        return Math.addExact(capacity, Math.max(capacity >> 1, 8));
    }
}
