package dev.lockstep.cli;

import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Numbers on the command line: {@code 0.5,0.8}.
 *
 * @param values at least one
 */
record Numbers(List<Double> values) {
    /** Reads a flag's value. */
    static final class Converter implements ITypeConverter<Numbers> {
        @Override
        public Numbers convert(String text) {
            return new Numbers(Arrays.stream(text.split(",", -1))
                    .map(Converter::number)
                    .distinct()
                    .toList());
        }

        private static double number(String text) {
            try {
                return Double.parseDouble(text.strip());
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is not a number");
            }
        }
    }
}
