package dev.lockstep.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Text in columns that are as wide as they must be. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] left;

    /**
     * @param headings one a column; a column whose heading starts with {@code <} is flush left, the others flush right
     */
    Table(String... headings) {
        left = new boolean[headings.length];
        String[] shown = new String[headings.length];
        for (int c = 0; c < headings.length; c++) {
            left[c] = headings[c].startsWith("<");
            shown[c] = left[c] ? headings[c].substring(1) : headings[c];
        }
        rows.add(shown);
    }

    Table row(String... cells) {
        if (cells.length != left.length) {
            throw new IllegalArgumentException(cells.length + " cells in a table of " + left.length + " columns");
        }
        rows.add(cells);
        return this;
    }

    void print(PrintStream out) {
        int[] widths = new int[left.length];
        for (String[] row : rows) {
            for (int c = 0; c < widths.length; c++) {
                widths[c] = Math.max(widths[c], row[c].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < widths.length; c++) {
                String padding = " ".repeat(widths[c] - row[c].length());
                line.append(c == 0 ? "" : "  ").append(left[c] ? row[c] + padding : padding + row[c]);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
