package dev.lockstep.kernel;

/** Which two elements of a head rotate together. */
public enum RopeStyle {
    /** Neighbours: elements 2i and 2i + 1. */
    INTERLEAVED,
    /** Halves: elements i and i + pairs. */
    HALVES
}
