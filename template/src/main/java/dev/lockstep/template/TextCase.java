package dev.lockstep.template;

import java.util.Locale;

/** Upper and lower case of strings, as Python's methods change and ask for it. */
final class TextCase {
    private TextCase() {}

    private static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    static String capitalized(String string) {
        if (string.isEmpty()) {
            return string;
        }
        int first = Character.charCount(string.codePointAt(0));
        return titleCase(string.codePointAt(0)) + string.substring(first).toLowerCase(Locale.ROOT);
    }

    static String folded(String string) {
        return string.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    static String swapped(String string) {
        StringBuilder swapped = new StringBuilder(string.length());
        string.codePoints().forEach(c -> {
            String one = Character.toString(c);
            swapped.append(Character.isUpperCase(c) ? one.toLowerCase(Locale.ROOT) : one.toUpperCase(Locale.ROOT));
        });
        return swapped.toString();
    }

    /** Every letter that follows none in upper case, all others in lower case. */
    static String titled(String string) {
        StringBuilder titled = new StringBuilder(string.length());
        boolean inWord = false;
        for (int i = 0; i < string.length(); ) {
            int c = string.codePointAt(i);
            titled.append(inWord ? Character.toString(c).toLowerCase(Locale.ROOT) : titleCase(c));
            inWord = isCased(c);
            i += Character.charCount(c);
        }
        return titled.toString();
    }

    private static String titleCase(int c) {
        int title = Character.toTitleCase(c);
        String upper = Character.toString(c).toUpperCase(Locale.ROOT);
        // What has no single character for its upper case, such as ß, begins with one in upper case.
        return title != c || upper.length() == Character.charCount(c)
                ? Character.toString(title)
                : upper.substring(0, 1) + upper.substring(1).toLowerCase(Locale.ROOT);
    }

    static boolean isLower(String string) {
        return string.codePoints().anyMatch(TextCase::isCased)
                && string.codePoints().noneMatch(c -> isCased(c) && !Character.isLowerCase(c));
    }

    static boolean isUpper(String string) {
        return string.codePoints().anyMatch(TextCase::isCased)
                && string.codePoints().noneMatch(c -> isCased(c) && !Character.isUpperCase(c));
    }

    static boolean isTitle(String string) {
        boolean found = false;
        boolean inWord = false;
        for (int c : string.codePoints().toArray()) {
            boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
            if (upper && inWord || Character.isLowerCase(c) && !inWord) {
                return false;
            }
            inWord = isCased(c);
            found |= inWord;
        }
        return found;
    }
}
