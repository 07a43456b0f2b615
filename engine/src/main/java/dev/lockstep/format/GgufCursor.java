package dev.lockstep.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A position in the bytes of a file. Every read is checked against the bytes that are left before anything is sized by
 * what was read.
 *
 * <p>A read names what it reads for the message that a short file gets: {@code what} is a constant phrase and
 * {@code owner} the key or tensor that it belongs to, or null. They are joined only when needed, so reading allocates
 * nothing but the strings that it returns.
 */
final class GgufCursor {
    private final MemorySegment file;
    private final String name;
    private long position;

    GgufCursor(MemorySegment file, String name) {
        this.file = file;
        this.name = name;
    }

    long position() {
        return position;
    }

    long remaining() {
        return file.byteSize() - position;
    }

    /** The bytes from {@code start} to the position. */
    MemorySegment since(long start) {
        return file.asSlice(start, position - start);
    }

    int int32(String what, String owner) throws UnusableModelException {
        long at = position;
        skip(Integer.BYTES, what, owner);
        return file.get(LittleEndian.INT32, at);
    }

    long int64(String what, String owner) throws UnusableModelException {
        long at = position;
        skip(Long.BYTES, what, owner);
        return file.get(LittleEndian.INT64, at);
    }

    byte int8(String what, String owner) throws UnusableModelException {
        long at = position;
        skip(1, what, owner);
        return file.get(ValueLayout.JAVA_BYTE, at);
    }

    /** Passes over bytes that must be there. */
    void skip(long bytes, String what, String owner) throws UnusableModelException {
        if (bytes > remaining()) {
            throw refusal("the file ends at byte " + file.byteSize() + ", inside " + phrase(what, owner));
        }
        position += bytes;
    }

    /** Reads a string's length and checks it against the limit and the file; the position is then at its bytes. */
    int stringLength(int lengthMax, String what, String owner) throws UnusableModelException {
        long length = int64(what, owner);
        if (Long.compareUnsigned(length, lengthMax) > 0) {
            throw refusal(phrase(what, owner) + " is " + Long.toUnsignedString(length) + " bytes long, the limit is "
                    + lengthMax);
        }
        if (length > remaining()) {
            throw refusal(phrase(what, owner) + " is " + length + " bytes long, the file has only " + remaining()
                    + " bytes left");
        }
        return (int) length;
    }

    /** Reads a string that must be UTF-8. */
    String string(int lengthMax, String what, String owner) throws UnusableModelException {
        int length = stringLength(lengthMax, what, owner);
        byte[] utf8 = new byte[length];
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, position, utf8, 0, length);
        position += length;
        String text = new String(utf8, StandardCharsets.UTF_8);
        if (!isAscii(utf8) && !Arrays.equals(utf8, text.getBytes(StandardCharsets.UTF_8))) {
            throw refusal(phrase(what, owner) + " " + Quoted.name(text) + " is not valid UTF-8");
        }
        return text;
    }

    private static boolean isAscii(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    UnusableModelException refusal(String sentence) {
        return new UnusableModelException(name + ": " + sentence);
    }

    static String phrase(String what, String owner) {
        return owner == null ? what : what + " of " + Quoted.name(owner);
    }
}
