package dev.lockstep.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as people write it: {@code 2G}, {@code 512MB}, {@code 1.5GiB}, {@code 1073741824}.
 *
 * <p>K, M, G and T are powers of 1000, as in everything that this program prints, with or without a B; Ki, Mi, Gi and
 * Ti are powers of 1024. A fraction of a byte is dropped.
 */
record ByteSize(long bytes) {
    private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?) ?([kmgt]?)(i?)b?");
    private static final String PREFIXES = "kmgt";

    /**
     * Reads a size.
     *
     * @throws IllegalArgumentException if it is not of the form above, is under one byte or does not fit in 63 bits
     */
    static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()
                || matcher.group(2).isEmpty() && !matcher.group(3).isEmpty()) {
            throw new IllegalArgumentException("'" + text + "' is not a size such as 512M, 2G, 1.5GiB or 1073741824");
        }
        int power = matcher.group(2).isEmpty() ? 0 : PREFIXES.indexOf(matcher.group(2)) + 1;
        BigDecimal unit =
                BigDecimal.valueOf(matcher.group(3).isEmpty() ? 1_000 : 1_024).pow(power);
        BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(unit).setScale(0, RoundingMode.DOWN);
        if (bytes.signum() == 0 || bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' is out of range, allowed are 1 to " + Long.MAX_VALUE + " bytes");
        }
        return new ByteSize(bytes.longValue());
    }

    /** Reads a flag's value. */
    static final class Converter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
