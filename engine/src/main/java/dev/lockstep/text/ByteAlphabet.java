package dev.lockstep.text;

import java.util.Arrays;

/**
 * The characters by which byte-level vocabularies spell bytes.
 *
 * <p>A byte that is a printable Latin-1 character other than the space and the soft hyphen is spelled by that
 * character; the other 68 bytes, in ascending order, by the characters from U+0100 on. So a space is written U+0120
 * and a newline U+010A. Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", and its
 * published code.
 */
final class ByteAlphabet {
    private static final int FIRST_STAND_IN = 0x100;
    private static final char[] CHARACTERS = new char[256];

    /** Bytes by character, -1 where a character spells none. */
    private static final short[] BYTES;

    static {
        int standIn = FIRST_STAND_IN;
        for (int value = 0; value < CHARACTERS.length; value++) {
            CHARACTERS[value] = (char) (spellsItself(value) ? value : standIn++);
        }
        BYTES = new short[standIn];
        Arrays.fill(BYTES, (short) -1);
        for (int value = 0; value < CHARACTERS.length; value++) {
            BYTES[CHARACTERS[value]] = (short) value;
        }
    }

    private ByteAlphabet() {}

    /** The character of a byte from 0 to 255. */
    static char character(int value) {
        return CHARACTERS[value];
    }

    /** The byte of a character, or -1. */
    static int byteOf(char character) {
        return character < BYTES.length ? BYTES[character] : -1;
    }

    private static boolean spellsItself(int value) {
        return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xFF && value != 0xAD;
    }
}
