package dev.lockstep.bench.serve;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people write them: {@code 50ms}, {@code 1.5s}, {@code 800us}. */
public final class Milliseconds {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,12})?) ?(us|ms|s)");

    private Milliseconds() {}

    /**
     * A time in milliseconds.
     *
     * @throws IllegalArgumentException if the text is not a number and a unit
     */
    public static double parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a time such as 50ms, 1.5s or 800us");
        }
        double number = Double.parseDouble(matcher.group(1));
        return switch (matcher.group(2)) {
            case "us" -> number / 1e3;
            case "s" -> number * 1e3;
            default -> number;
        };
    }
}
