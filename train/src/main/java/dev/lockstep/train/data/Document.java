package dev.lockstep.train.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One file of text.
 *
 * @param path where it lies in its source, with {@code /} between the parts; for the JDK it starts with the module
 * @param module the first part of the path, or the empty string for a file that lies in no folder
 * @param text its bytes, which are UTF-8; shared, do not change them
 */
public record Document(String path, String module, byte[] text) {
    /** A document whose module is the first part of its path. */
    public static Document of(String path, byte[] text) {
        return new Document(path, path.substring(0, Math.max(0, path.indexOf('/'))), text);
    }

    /** The text as characters. */
    public String string() {
        return new String(text, StandardCharsets.UTF_8);
    }

    /** The same document without the first {@code bytes} bytes of its text. */
    Document without(int bytes) {
        return bytes == 0 ? this : new Document(path, module, Arrays.copyOfRange(text, bytes, text.length));
    }
}
