package dev.lockstep.kernel;

import static dev.lockstep.tensor.Memory.ALL;

import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/** Off-heap buffers for kernel tests, filled and compared as bits. */
final class Buffers implements AutoCloseable {
    private final Region region = Region.allocate("test", 64L << 20);
    private final Cursor cursor = new Cursor(region.address());

    long bytes(long count) {
        long address = cursor.take(count + 64);
        if (cursor.end() > region.address() + region.bytes()) {
            throw new IllegalStateException("test buffers are full");
        }
        return address;
    }

    long floats(float... values) {
        long address = bytes(4L * values.length);
        for (int i = 0; i < values.length; i++) {
            set(address, i, values[i]);
        }
        return address;
    }

    /** {@code n} floats between −scale and scale. */
    long random(RandomGenerator random, int n, float scale) {
        long address = bytes(4L * n);
        for (int i = 0; i < n; i++) {
            set(address, i, (random.nextFloat() * 2 - 1) * scale);
        }
        return address;
    }

    long copy(long from, int n) {
        long address = bytes(4L * n);
        MemorySegment.copy(ALL, from, ALL, address, 4L * n);
        return address;
    }

    static float get(long address, int index) {
        return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address + 4L * index);
    }

    static void set(long address, int index, float value) {
        ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address + 4L * index, value);
    }

    /** The bits of {@code n} floats. */
    static int[] bits(long address, int n) {
        int[] bits = new int[n];
        for (int i = 0; i < n; i++) {
            bits[i] = ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address + 4L * i);
        }
        return bits;
    }

    @Override
    public void close() {
        region.close();
    }
}
