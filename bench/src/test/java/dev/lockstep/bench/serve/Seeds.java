package dev.lockstep.bench.serve;

import java.util.stream.LongStream;

/** What random tests are drawn from: six seeds, or the one that {@code -Dlockstep.seed=N} asks for. */
final class Seeds {
    private Seeds() {}

    static LongStream some() {
        Long only = Long.getLong("lockstep.seed");
        return only != null ? LongStream.of(only) : LongStream.rangeClosed(1, 6);
    }
}
