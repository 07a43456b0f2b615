package dev.lockstep.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The native tier's probe: the last functions of {@code kernels.c}. */
final class NativeProbe implements MachineProbe {
    private static final NativeLibrary LIBRARY = NativeLibrary.INSTANCE;
    private static final MethodHandle READ_BYTES =
            LIBRARY.call("lockstep_read_bytes", false, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle FMA_PEAK =
            LIBRARY.call("lockstep_fma_peak", false, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle DOT_PEAK =
            LIBRARY.call("lockstep_dot_peak", false, JAVA_INT, JAVA_LONG, JAVA_LONG);

    private static final long SINK_BYTES = 64;
    /** 12 sums of 16 floats, whatever the instruction set. */
    private static final long FMAS_PER_ROUND = 12 * 16;
    /** 12 sums of 16 dots of 4 bytes. */
    private static final long DOTS_PER_ROUND = 12 * 16 * 4;

    private final MemorySegment sink = Arena.ofAuto().allocate(SINK_BYTES, SINK_BYTES);
    private final int isa;

    /** A probe of the best instruction set of this processor. */
    NativeProbe() {
        this(LIBRARY.isa());
    }

    /** A probe of a given instruction set, which the processor must have. */
    NativeProbe(int isa) {
        this.isa = isa;
    }

    @Override
    public String instructions() {
        return "native, " + LIBRARY.reason();
    }

    @Override
    public long readBytes(long address, long bytes) {
        assert address % 64 == 0 && bytes % MachineProbe.READ_BYTES == 0 : bytes + " bytes at " + address;
        sink.fill((byte) 0);
        try {
            READ_BYTES.invokeExact(isa, address, bytes, sink.address());
        } catch (Throwable e) {
            throw failed(e);
        }
        long words = 0;
        for (long at = 0; at < SINK_BYTES; at += Long.BYTES) {
            words ^= sink.get(JAVA_LONG, at);
        }
        return words;
    }

    @Override
    public long multiplyAdds(long rounds) {
        sink.set(JAVA_FLOAT, 0, 0.5f);
        sink.set(JAVA_FLOAT, 4, 0.25f);
        try {
            FMA_PEAK.invokeExact(isa, rounds, sink.address());
        } catch (Throwable e) {
            throw failed(e);
        }
        return rounds * FMAS_PER_ROUND;
    }

    @Override
    public long byteDots(long rounds) {
        for (long at = 0; at < SINK_BYTES; at++) {
            sink.set(JAVA_BYTE, at, (byte) (at % 16));
        }
        try {
            DOT_PEAK.invokeExact(isa, rounds, sink.address());
        } catch (Throwable e) {
            throw failed(e);
        }
        return rounds * DOTS_PER_ROUND;
    }

    /** One vector of sums, those of the last call, which add up to all of it. */
    MemorySegment sums() {
        return sink.asSlice(0, isa == NativeLibrary.AVX2 ? 32 : isa == NativeLibrary.AVX2 + 1 ? 64 : 16);
    }

    private static AssertionError failed(Throwable e) {
        return new AssertionError("a native call failed", e);
    }
}
