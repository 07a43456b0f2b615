package dev.lockstep.kernel;

import static dev.lockstep.tensor.Memory.ALL;

import java.lang.foreign.ValueLayout;

/** The scalar tier's probe, for a JVM without the Vector API. */
final class ScalarProbe implements MachineProbe {
    private static final int SUMS = 4;

    private float sum;

    @Override
    public String instructions() {
        return "scalar";
    }

    @Override
    public long readBytes(long address, long bytes) {
        assert address % 64 == 0 && bytes % READ_BYTES == 0 : bytes + " bytes at " + address;
        long words = 0;
        for (long at = address; at < address + bytes; at += Long.BYTES) {
            words ^= ALL.get(ValueLayout.JAVA_LONG, at);
        }
        return words;
    }

    @Override
    public long multiplyAdds(long rounds) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        for (long r = 0; r < rounds; r++) {
            a = Math.fma(0.5f, 0.25f, a);
            b = Math.fma(0.5f, 0.25f, b);
            c = Math.fma(0.5f, 0.25f, c);
            d = Math.fma(0.5f, 0.25f, d);
        }
        sum += a + b + c + d;
        return rounds * SUMS;
    }

    @Override
    public long byteDots(long rounds) {
        return 0;
    }
}
