package dev.lockstep.bench.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.function.BooleanSupplier;

/** Reads so many bytes a second and no more, until it is told to stop. */
final class SlowInput extends FilterInputStream {
    /** The end of the load, not of the connection. */
    static final class StoppedException extends IOException {
        private static final long serialVersionUID = 1;
    }

    private static final long SECOND_MS = 1_000;

    private final int bytesPerSecond;
    private final BooleanSupplier stopped;

    SlowInput(InputStream in, int bytesPerSecond, BooleanSupplier stopped) {
        super(in);
        this.bytesPerSecond = bytesPerSecond;
        this.stopped = stopped;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (stopped.getAsBoolean()) {
            throw new StoppedException();
        }
        try {
            Thread.sleep(SECOND_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        return super.read(bytes, offset, Math.min(length, bytesPerSecond));
    }
}
