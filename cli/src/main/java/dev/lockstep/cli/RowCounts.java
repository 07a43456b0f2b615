package dev.lockstep.cli;

import dev.lockstep.bench.StepCase;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Numbers of rows on the command line: {@code 1,4,8}, or {@code none}.
 *
 * @param values the numbers, each 1 to {@value StepCase#ROWS_MAX}
 */
record RowCounts(List<Integer> values) {
    /** Reads a flag's value. */
    static final class Converter implements ITypeConverter<RowCounts> {
        @Override
        public RowCounts convert(String text) {
            if (text.equals("none")) {
                return new RowCounts(List.of());
            }
            return new RowCounts(Arrays.stream(text.split(",", -1))
                    .map(Converter::count)
                    .distinct()
                    .toList());
        }

        private static int count(String text) {
            try {
                int rows = Integer.parseInt(text.strip());
                if (rows >= 1 && rows <= StepCase.ROWS_MAX) {
                    return rows;
                }
            } catch (NumberFormatException e) {
                // Said below, as for a number that is out of range.
            }
            throw new TypeConversionException(
                    "'" + text + "' is not a number of rows, allowed are 1 to " + StepCase.ROWS_MAX);
        }
    }
}
