package dev.lockstep.text;

import java.nio.charset.StandardCharsets;

/** UTF-8, as RFC 3629 defines it. */
final class Utf8 {
    /** The most bytes that one UTF-16 unit becomes; the two of a surrogate pair become four together. */
    static final int BYTES_PER_UNIT_MAX = 3;

    private static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    /** The number of bytes of a text without unpaired surrogates. */
    static int length(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit < 0x80) {
                bytes += 1;
            } else if (unit < 0x800 || Character.isSurrogate(unit)) {
                bytes += 2;
            } else {
                bytes += 3;
            }
        }
        return bytes;
    }

    static byte[] encode(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Encodes a text without unpaired surrogates, from {@code start} to {@code end}, and returns the number of bytes.
     *
     * @param into has room for {@link #BYTES_PER_UNIT_MAX} bytes for each unit
     */
    static int encode(String text, int start, int end, byte[] into) {
        int length = 0;
        for (int at = start; at < end; at++) {
            int unit = text.charAt(at);
            if (unit < 0x80) {
                into[length++] = (byte) unit;
            } else if (unit < 0x800) {
                into[length++] = (byte) (0xC0 | unit >> 6);
                into[length++] = continuation(unit);
            } else if (!Character.isSurrogate((char) unit)) {
                into[length++] = (byte) (0xE0 | unit >> 12);
                into[length++] = continuation(unit >> 6);
                into[length++] = continuation(unit);
            } else {
                int codePoint = text.codePointAt(at++);
                into[length++] = (byte) (0xF0 | codePoint >> 18);
                into[length++] = continuation(codePoint >> 12);
                into[length++] = continuation(codePoint >> 6);
                into[length++] = continuation(codePoint);
            }
        }
        return length;
    }

    private static byte continuation(int bits) {
        return (byte) (0x80 | bits & 0x3F);
    }

    /** The text with U+FFFD for each unpaired surrogate, which has no UTF-8; the same string if it has none. */
    static String wellFormed(String text) {
        int at = unpaired(text, 0);
        if (at < 0) {
            return text;
        }
        StringBuilder repaired = new StringBuilder(text);
        for (; at >= 0; at = unpaired(text, at + 1)) {
            repaired.setCharAt(at, REPLACEMENT);
        }
        return repaired.toString();
    }

    /** The place of the first unpaired surrogate from {@code start} on, or -1. */
    private static int unpaired(String text, int start) {
        for (int i = start; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isSurrogate(unit)) {
                boolean paired = Character.isHighSurrogate(unit)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!paired) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
