package dev.lockstep.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Texts from standard input: UTF-8, whole, exactly as they are. A line end at the end is part of the text.
 *
 * <p>What is not UTF-8 is refused rather than replaced, since replacing would quietly make another text of it.
 */
final class StandardInput {
    /** Longest text in bytes. */
    static final int TEXT_BYTES_MAX = 1 << 26;

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int from;
    private int to;
    private boolean begun;

    StandardInput(InputStream in) {
        this.in = in;
    }

    /** Everything up to the end of the input. */
    String all() throws IOException {
        byte[] bytes = in.readNBytes(TEXT_BYTES_MAX + 1);
        checkLength(bytes.length);
        return text(bytes);
    }

    /**
     * The text up to the next NUL or the end of the input, or null after the last. NULs separate texts: n of them make
     * n + 1 texts, of which any may be empty. An empty input has one empty text.
     */
    String nextSeparated() throws IOException {
        if (begun && to < 0) {
            return null;
        }
        begun = true;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        while (true) {
            int end = from;
            while (end < to && buffer[end] != 0) {
                end++;
            }
            checkLength(text.size() + end - from);
            text.write(buffer, from, end - from);
            from = end + 1;
            if (end < to) {
                return text(text.toByteArray());
            }
            from = 0;
            to = in.read(buffer);
            if (to < 0) {
                return text(text.toByteArray());
            }
        }
    }

    private static void checkLength(int bytes) throws IOException {
        if (bytes > TEXT_BYTES_MAX) {
            throw new IOException("a text on standard input is longer than the limit of " + TEXT_BYTES_MAX + " bytes");
        }
    }

    private static String text(byte[] utf8) throws IOException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer bytes = ByteBuffer.wrap(utf8);
        CharBuffer characters = CharBuffer.allocate(utf8.length);
        CoderResult result = decoder.decode(bytes, characters, true);
        if (result.isError()) {
            int at = bytes.position();
            throw new IOException(String.format(
                    "standard input is not UTF-8: byte 0x%02X at offset %d of a text of %d bytes",
                    utf8[at], at, utf8.length));
        }
        return characters.flip().toString();
    }
}
