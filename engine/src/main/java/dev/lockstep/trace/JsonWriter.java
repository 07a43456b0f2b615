package dev.lockstep.trace;

import java.io.IOException;

/**
 * JSON (RFC 8259) written piece by piece, so that a text of any length takes no memory. Puts commas and escapes, and a
 * replacement character for half of a surrogate pair; that objects and arrays are closed, and that names stand in objects
 * alone, is up to the caller.
 */
final class JsonWriter {
    private static final String HEX = "0123456789abcdef";

    private final Appendable out;
    private boolean commaNeeded;

    JsonWriter(Appendable out) {
        this.out = out;
    }

    JsonWriter beginObject() throws IOException {
        return begin('{');
    }

    JsonWriter beginArray() throws IOException {
        return begin('[');
    }

    JsonWriter endObject() throws IOException {
        return end('}');
    }

    JsonWriter endArray() throws IOException {
        return end(']');
    }

    /** The name of the value that follows. */
    JsonWriter name(String name) throws IOException {
        comma();
        quote(name);
        out.append(':');
        commaNeeded = false;
        return this;
    }

    /** A string, or null. */
    JsonWriter value(String text) throws IOException {
        comma();
        if (text == null) {
            out.append("null");
        } else {
            quote(text);
        }
        return this;
    }

    JsonWriter value(long number) throws IOException {
        comma();
        out.append(Long.toString(number));
        return this;
    }

    /** A number; null if it is infinite or none, for which JSON has no words. */
    JsonWriter value(double number) throws IOException {
        comma();
        out.append(Double.isFinite(number) ? Double.toString(number) : "null");
        return this;
    }

    JsonWriter value(boolean truth) throws IOException {
        comma();
        out.append(Boolean.toString(truth));
        return this;
    }

    /** {@code number} ÷ 1000 with its three decimals, exactly; at least 0. */
    JsonWriter thousandths(long number) throws IOException {
        assert number >= 0 : number;
        comma();
        int rest = (int) (number % 1_000);
        out.append(Long.toString(number / 1_000)).append('.');
        out.append((char) ('0' + rest / 100));
        out.append((char) ('0' + rest / 10 % 10));
        out.append((char) ('0' + rest % 10));
        return this;
    }

    /** A line end where white space may stand, for those who look into the file. */
    JsonWriter newLine() throws IOException {
        if (commaNeeded) {
            comma();
            commaNeeded = false;
        }
        out.append('\n');
        return this;
    }

    private JsonWriter begin(char bracket) throws IOException {
        comma();
        out.append(bracket);
        commaNeeded = false;
        return this;
    }

    private JsonWriter end(char bracket) throws IOException {
        out.append(bracket);
        commaNeeded = true;
        return this;
    }

    private void comma() throws IOException {
        if (commaNeeded) {
            out.append(',');
        }
        commaNeeded = true;
    }

    private void quote(String text) throws IOException {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                default -> append(text, i, c);
            }
        }
        out.append('"');
    }

    private void append(String text, int index, char c) throws IOException {
        if (c < ' ') {
            escape(c);
        } else {
            out.append(isHalf(text, index, c) ? '\uFFFD' : c);
        }
    }

    /** Whether a character is half of a surrogate pair without the other half, which no text file can hold. */
    private static boolean isHalf(String text, int index, char c) {
        if (Character.isHighSurrogate(c)) {
            return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
        }
        return Character.isLowSurrogate(c) && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
    }

    private void escape(char c) throws IOException {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            out.append(HEX.charAt(c >> shift & 15));
        }
    }
}
