package dev.lockstep.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Each match of a regular expression becomes a piece, and so does each stretch between matches.
 *
 * <p>{@code \s} is Unicode white space. The expression must not match the empty string, and must take time linear in
 * the length of the text and constant stack whatever the text is; {@link PreTokenizers} says how.
 */
record PatternSplitter(Pattern pattern) implements Splitter {
    static PatternSplitter of(String regex) {
        return new PatternSplitter(Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS));
    }

    @Override
    public void split(CharSequence text, int start, IntSequence ends, IntSequence into) {
        Matcher matcher = pattern.matcher(text);
        int pieceStart = start;
        for (int i = 0; i < ends.size(); i++) {
            int pieceEnd = ends.get(i);
            matcher.region(pieceStart, pieceEnd);
            int done = pieceStart;
            while (matcher.find()) {
                if (matcher.start() > done) {
                    into.add(matcher.start());
                }
                into.add(matcher.end());
                done = matcher.end();
            }
            if (done < pieceEnd) {
                into.add(pieceEnd);
            }
            pieceStart = pieceEnd;
        }
    }
}
