package dev.lockstep.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/** Little-endian fields and byte runs of any length, gathered in a buffer on their way to a channel. */
final class GgufOutput {
    private static final int BUFFER_BYTES = 1 << 20;

    private final WritableByteChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final MemorySegment memory = MemorySegment.ofBuffer(buffer);
    private long flushed;

    GgufOutput(WritableByteChannel channel) {
        this.channel = channel;
    }

    /** Bytes written so far. */
    long position() {
        return flushed + buffer.position();
    }

    void int32(int value) throws IOException {
        reserve(Integer.BYTES);
        memory.set(LittleEndian.INT32, buffer.position(), value);
        buffer.position(buffer.position() + Integer.BYTES);
    }

    void int64(long value) throws IOException {
        reserve(Long.BYTES);
        memory.set(LittleEndian.INT64, buffer.position(), value);
        buffer.position(buffer.position() + Long.BYTES);
    }

    /** A string with its length in front. */
    void string(String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int64(utf8.length);
        write(MemorySegment.ofArray(utf8));
    }

    void write(MemorySegment bytes) throws IOException {
        long done = 0;
        while (done < bytes.byteSize()) {
            reserve(1);
            int piece = (int) Math.min(buffer.remaining(), bytes.byteSize() - done);
            MemorySegment.copy(bytes, done, memory, buffer.position(), piece);
            buffer.position(buffer.position() + piece);
            done += piece;
        }
    }

    /** Writes zeros up to a multiple of {@code alignment}, a power of two. */
    void pad(long alignment) throws IOException {
        long end = GgufTensorTable.alignUp(position(), alignment);
        while (position() < end) {
            reserve(1);
            buffer.put((byte) 0);
        }
    }

    /** Hands everything to the channel. */
    void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            flushed += channel.write(buffer);
        }
        buffer.clear();
    }

    private void reserve(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
    }
}
