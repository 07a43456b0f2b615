package dev.lockstep.train.data;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The licence at the top of a source file.
 *
 * <p>It is every comment ({@code /*} or a run of {@code //} lines) that stands before anything else and speaks of a
 * copyright or a licence, with the white space behind it. In the JDK that is the notice of the GNU General Public
 * License, about 1200 bytes which hardly differ between 13 000 files.
 */
final class LicenceHeader {
    private static final List<String> MARKS =
            List.of("copyright", "licence", "license", "do not alter or remove", "do not remove or alter");

    private LicenceHeader() {}

    /** The number of bytes that the header takes with the white space around it; 0 if there is none. */
    static int end(byte[] text) {
        int end = 0;
        while (true) {
            int start = afterSpace(text, end);
            int commentEnd = commentEnd(text, start);
            if (commentEnd == start || !isLicence(text, start, commentEnd)) {
                return end == 0 ? 0 : start;
            }
            end = commentEnd;
        }
    }

    private static boolean isLicence(byte[] text, int start, int end) {
        String comment = new String(text, start, end - start, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
        return MARKS.stream().anyMatch(comment::contains);
    }

    private static int afterSpace(byte[] text, int from) {
        int at = from;
        while (at < text.length && (text[at] == ' ' || text[at] >= '\t' && text[at] <= '\r')) {
            at++;
        }
        return at;
    }

    /** Where the comment that starts here ends; {@code start} if none starts here or it has no end. */
    private static int commentEnd(byte[] text, int start) {
        if (isAt(text, start, '/', '*')) {
            for (int at = start + 2; at < text.length - 1; at++) {
                if (isAt(text, at, '*', '/')) {
                    return at + 2;
                }
            }
            return start;
        }
        int end = start;
        for (int at = start; isAt(text, at, '/', '/'); at = afterSpace(text, end)) {
            end = at;
            while (end < text.length && text[end] != '\n') {
                end++;
            }
        }
        return end;
    }

    private static boolean isAt(byte[] text, int at, char first, char second) {
        return at + 1 < text.length && text[at] == first && text[at + 1] == second;
    }
}
