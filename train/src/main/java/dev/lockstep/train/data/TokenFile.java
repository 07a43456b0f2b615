package dev.lockstep.train.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A {@link TokenStream} as a file, so that a training run starts without encoding. All numbers are little-endian.
 *
 * <pre>
 * offset          bytes     what
 * 0               8         the characters LSTOKENS
 * 8               4         version, 1
 * 12              4         vocabulary size, 2 to 65536
 * 16              8         bytes of text that the tokens stand for
 * 24              4         number of documents D
 * 28              4         number of tokens T
 * 32              4 (D + 1) where each document starts, ascending from 0; the last is T
 * 36 + 4 D        2 T       the tokens' ids, unsigned
 * 36 + 4 D + 2 T            end of the file
 * </pre>
 *
 * <p>The same stream gives the same bytes.
 */
public final class TokenFile {
    private static final long MAGIC = 0x534E454B4F54534CL;
    private static final int VERSION = 1;
    private static final int HEAD_BYTES = 32;
    private static final int BUFFER_BYTES = 1 << 16;

    /** A document is at least its BOS and its EOS. */
    private static final int DOCUMENT_TOKENS_MIN = 2;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private TokenFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Writes a stream, in place of what was there.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(TokenStream stream, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            new TokenFile(file, channel).write(stream);
        }
    }

    /**
     * Reads a stream. Its form is checked, so that no later access can fail; whether these are the tokens that were
     * written, a checksum must tell.
     *
     * @throws CorpusException if the file is not one that {@link #write} made
     * @throws IOException if the file cannot be read
     */
    public static TokenStream read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new TokenFile(file, channel).read();
        }
    }

    private void write(TokenStream stream) throws IOException {
        buffer.putLong(MAGIC).putInt(VERSION).putInt(stream.vocabularySize()).putLong(stream.textBytes());
        buffer.putInt(stream.documents()).putInt(stream.length());
        for (int document = 0; document <= stream.documents(); document++) {
            flushFor(Integer.BYTES);
            buffer.putInt(stream.start(document));
        }
        for (int at = 0; at < stream.length(); at++) {
            flushFor(Character.BYTES);
            buffer.putChar((char) stream.token(at));
        }
        flushFor(BUFFER_BYTES + 1);
    }

    private void flushFor(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        }
    }

    private TokenStream read() throws IOException {
        buffer.flip();
        long size = channel.size();
        if (size < HEAD_BYTES) {
            throw refusal("it has " + size + " bytes, a head alone has " + HEAD_BYTES);
        }
        fillFor(HEAD_BYTES);
        if (buffer.getLong() != MAGIC) {
            throw refusal("it does not start with LSTOKENS");
        }
        int version = buffer.getInt();
        if (version != VERSION) {
            throw refusal("its version is " + version + ", known is " + VERSION);
        }
        int vocabularySize = buffer.getInt();
        if (vocabularySize < DOCUMENT_TOKENS_MIN || vocabularySize > TokenStream.IDS_MAX) {
            throw refusal("its vocabulary size is " + vocabularySize + ", allowed are " + DOCUMENT_TOKENS_MIN + " to "
                    + TokenStream.IDS_MAX);
        }
        long textBytes = buffer.getLong();
        int documents = buffer.getInt();
        int tokens = buffer.getInt();
        long expected = HEAD_BYTES + (documents + 1L) * Integer.BYTES + (long) tokens * Character.BYTES;
        if (textBytes < 0 || documents < 0 || tokens < 0 || size != expected) {
            throw refusal("it has " + size + " bytes, but its head speaks of " + documents + " documents and " + tokens
                    + " tokens of " + textBytes + " bytes");
        }
        int[] starts = starts(documents, tokens);
        return new TokenStream(tokens(tokens, vocabularySize), starts, vocabularySize, textBytes);
    }

    private int[] starts(int documents, int tokens) throws IOException {
        int[] starts = new int[documents + 1];
        for (int i = 0; i <= documents; i++) {
            fillFor(Integer.BYTES);
            starts[i] = buffer.getInt();
            boolean fits = i == 0 ? starts[i] == 0 : (long) starts[i] - starts[i - 1] >= DOCUMENT_TOKENS_MIN;
            if (!fits) {
                throw refusal("document " + i + " cannot start at token " + starts[i]);
            }
        }
        if (starts[documents] != tokens) {
            throw refusal("its documents end at token " + starts[documents] + " of " + tokens);
        }
        return starts;
    }

    private char[] tokens(int count, int vocabularySize) throws IOException {
        char[] tokens = new char[count];
        for (int i = 0; i < count; i++) {
            fillFor(Character.BYTES);
            tokens[i] = buffer.getChar();
            if (tokens[i] >= vocabularySize) {
                throw refusal("token " + i + " is " + (int) tokens[i] + ", the vocabulary size is " + vocabularySize);
            }
        }
        return tokens;
    }

    private void fillFor(int bytes) throws IOException {
        if (buffer.remaining() >= bytes) {
            return;
        }
        buffer.compact();
        while (buffer.position() < bytes) {
            if (channel.read(buffer) < 0) {
                throw new EOFException(file + ": the file became shorter while it was read");
            }
        }
        buffer.flip();
    }

    private CorpusException refusal(String what) {
        return new CorpusException(file + ": this is no whole token file: " + what + ".");
    }
}
