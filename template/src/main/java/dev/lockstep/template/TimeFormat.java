package dev.lockstep.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Times as C's {@code strftime} writes them in the C locale. */
final class TimeFormat {
    private TimeFormat() {}

    static String format(String format, LocalDateTime time) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            boolean flag = "-_0^".indexOf(format.charAt(i + 1)) >= 0 && i + 2 < format.length();
            char directive = format.charAt(flag ? i + 2 : i + 1);
            String written = directive(directive, time);
            if (written == null) {
                out.append(format, i, flag ? i + 3 : i + 2);
            } else {
                out.append(flag ? flagged(written, format.charAt(i + 1)) : written);
            }
            i += flag ? 2 : 1;
        }
        return out.toString();
    }

    private static String flagged(String written, char flag) {
        return switch (flag) {
            case '-' -> written.replaceFirst("^[0 ]+(?=.)", "");
            case '_' -> spaced(written);
            case '0' -> written.replace(' ', '0');
            default -> written.toUpperCase(Locale.ROOT);
        };
    }

    private static String spaced(String written) {
        int zeros = 0;
        while (zeros + 1 < written.length() && written.charAt(zeros) == '0') {
            zeros++;
        }
        return " ".repeat(zeros) + written.substring(zeros);
    }

    /** What a directive stands for, or null if there is none such. */
    private static String directive(char directive, LocalDateTime time) {
        return switch (directive) {
            case 'Y' -> Integer.toString(time.getYear());
            case 'C' -> digits(time.getYear() / 100, 2);
            case 'y' -> digits(time.getYear() % 100, 2);
            case 'm' -> digits(time.getMonthValue(), 2);
            case 'd' -> digits(time.getDayOfMonth(), 2);
            case 'e' -> String.format("%2d", time.getDayOfMonth());
            case 'j' -> digits(time.getDayOfYear(), 3);
            case 'H' -> digits(time.getHour(), 2);
            case 'k' -> String.format("%2d", time.getHour());
            case 'I' -> digits(hour(time), 2);
            case 'l' -> String.format("%2d", hour(time));
            case 'M' -> digits(time.getMinute(), 2);
            case 'S' -> digits(time.getSecond(), 2);
            case 'f' -> digits(time.get(ChronoField.MICRO_OF_SECOND), 6);
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' ->
                time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH).substring(0, 3);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            default -> more(directive, time);
        };
    }

    private static String more(char directive, LocalDateTime time) {
        return switch (directive) {
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'U' -> digits((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7, 2);
            case 'W' -> digits((time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7, 2);
            case 'V' -> digits(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2);
            case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'D', 'x' -> format("%m/%d/%y", time);
            case 'F' -> format("%Y-%m-%d", time);
            case 'T', 'X' -> format("%H:%M:%S", time);
            case 'R' -> format("%H:%M", time);
            case 'r' -> format("%I:%M:%S %p", time);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", time);
            case 'Z', 'z' -> "";
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            default -> null;
        };
    }

    private static int hour(LocalDateTime time) {
        return (time.getHour() + 11) % 12 + 1;
    }

    private static String digits(int number, int width) {
        return String.format("%0" + width + "d", number);
    }
}
