package dev.lockstep.train;

import java.util.stream.LongStream;

/** The seeds of tests with random input: 1 to 6, or the one that {@code -Dlockstep.seed=N} asks for. */
public final class Seeds {
    private Seeds() {}

    /** For {@code @MethodSource}; the seed is part of each test's name. */
    public static LongStream all() {
        Long only = Long.getLong("lockstep.seed");
        return only == null ? LongStream.rangeClosed(1, 6) : LongStream.of(only);
    }
}
