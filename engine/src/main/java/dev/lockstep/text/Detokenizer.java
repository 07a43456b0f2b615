package dev.lockstep.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns a stream of tokens into text as they come, never giving out a part of a character.
 *
 * <p>A token may end inside a character. Bytes that can still become one are held back until a later token completes
 * it, makes it impossible, or {@link #finish} is called; at most three bytes are held. Bytes that are no UTF-8 become
 * U+FFFD, one for each maximal part of a character (the Unicode Standard 16.0, section 3.9, "U+FFFD Substitution of
 * Maximal Subparts"), where surrogates count as characters, as in the JDK's decoder. So however the bytes are cut
 * into tokens, the strings together equal {@code new String(all bytes, UTF_8)}.
 *
 * <p>One for each sequence; not safe for use by several threads. Allocates nothing but the strings that it returns.
 */
public final class Detokenizer {
    private static final int HELD_BYTES_MAX = 3;

    private final Tokenizer tokenizer;
    private byte[] buffer = new byte[64];
    private int held;

    /** Starts at the beginning of a text. */
    public Detokenizer(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The characters that this token completes; often empty, and then always the same object. */
    public String append(int id) {
        byte[] bytes = tokenizer.bytes(id);
        return bytes.length == 0 ? "" : append(bytes);
    }

    /** The rest: what was held back is broken now. Afterwards a new text may start. */
    public String finish() {
        String rest = held == 0 ? "" : new String(buffer, 0, held, StandardCharsets.UTF_8);
        held = 0;
        return rest;
    }

    String append(byte[] bytes) {
        return append(bytes, 0, bytes.length);
    }

    /** The characters that {@code count} bytes from {@code from} on complete, for callers that hold bytes back. */
    public String append(byte[] bytes, int from, int count) {
        int length = held + count;
        if (length > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(length, 2 * buffer.length));
        }
        System.arraycopy(bytes, from, buffer, held, count);
        int complete = length - unfinished(length);
        String text = complete == 0 ? "" : new String(buffer, 0, complete, StandardCharsets.UTF_8);
        held = length - complete;
        System.arraycopy(buffer, complete, buffer, 0, held);
        return text;
    }

    /**
     * The number of bytes at the end of the buffer that are a proper prefix of some character. A leading byte is never
     * inside a character, so what stands before it needs not be looked at.
     */
    private int unfinished(int length) {
        for (int count = 1; count <= Math.min(HELD_BYTES_MAX, length); count++) {
            int first = buffer[length - count] & 0xFF;
            if (first < 0x80) {
                return 0;
            }
            if (first >= 0xC0) {
                boolean canBecomeCharacter = count < characterLength(first)
                        && (count == 1 || isSecondByte(first, buffer[length - count + 1] & 0xFF));
                return canBecomeCharacter ? count : 0;
            }
        }
        return 0;
    }

    /** The length of the characters that start with this byte, 0 if there are none. */
    private static int characterLength(int first) {
        if (first >= 0xC2 && first <= 0xDF) {
            return 2;
        }
        if (first >= 0xE0 && first <= 0xEF) {
            return 3;
        }
        return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
    }

    /** Whether the continuation byte may stand second: no overlong forms, nothing past U+10FFFF. */
    private static boolean isSecondByte(int first, int second) {
        return switch (first) {
            case 0xE0 -> second >= 0xA0;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second <= 0x8F;
            default -> true;
        };
    }
}
