package dev.lockstep.template;

import java.util.Arrays;

/** Puts a {@link Text} together; every character is counted. */
final class TextBuilder {
    private final Meter meter;
    private final StringBuilder string = new StringBuilder();
    private int[] flips = new int[8];
    private int flipCount;

    TextBuilder(Meter meter) {
        this.meter = meter;
    }

    static Text concat(Meter meter, Text... parts) {
        TextBuilder builder = new TextBuilder(meter);
        for (Text part : parts) {
            builder.append(part);
        }
        return builder.build();
    }

    TextBuilder append(Text text) {
        if (text.isEmpty()) {
            return this;
        }
        int offset = string.length();
        meter.make(text.length(), (long) offset + text.length());
        string.append(text.string());
        int[] others = text.flips();
        boolean data = flipCount % 2 == 1;
        boolean otherData = others.length > 0 && others[0] == 0;
        if (data != otherData) {
            flip(offset);
        }
        for (int i = otherData ? 1 : 0; i < others.length; i++) {
            flip(offset + others[i]);
        }
        return this;
    }

    /** Adds characters that belong to the template. */
    TextBuilder append(String characters) {
        return append(Text.of(characters));
    }

    private void flip(int offset) {
        if (flipCount == flips.length) {
            flips = Arrays.copyOf(flips, 2 * flipCount);
        }
        flips[flipCount++] = offset;
    }

    int length() {
        return string.length();
    }

    Text build() {
        return new Text(string.toString(), Arrays.copyOf(flips, flipCount), false);
    }
}
