package dev.lockstep.template;

import java.util.List;

/** Methods of strings that ask what is in them. Positions are counted in code points. */
final class TextQueries {
    private TextQueries() {}

    /** The part of the text that optional bounds leave; where it begins, in code points. */
    private record Part(Text text, int begin) {}

    /** Nothing if the part begins after the text's end. */
    private static Part part(Text text, Value start, Value stop, Evaluation evaluation) {
        if (start == null && stop == null) {
            return new Part(text, 0);
        }
        evaluation.meter().scan(text.length());
        int length = text.codePoints();
        if (start != null && start != NoneValue.NONE && Numbers.integer(start, "a bound") > length) {
            return null;
        }
        int from = SequenceMethods.at(start, 0, length);
        int to = SequenceMethods.at(stop, length, length);
        return to < from ? null : new Part(text.slice(text.offset(from), text.offset(to)), from);
    }

    static Value find(String name, Text text, Evaluation evaluation, Arguments arguments) {
        return new IntValue(position(name, text, evaluation, arguments));
    }

    static Value index(String name, Text text, Evaluation evaluation, Arguments arguments) {
        long position = position(name, text, evaluation, arguments);
        if (position < 0) {
            throw ChatTemplateException.failed("substring not found");
        }
        return new IntValue(position);
    }

    private static long position(String name, Text text, Evaluation evaluation, Arguments arguments) {
        Value[] bound = arguments.bind(name, 1, "sub", "start", "end");
        String wanted =
                TextMethods.text(bound[0], "what " + name + " looks for").string();
        Part part = part(text, bound[1], bound[2], evaluation);
        if (part == null) {
            return -1;
        }
        String string = part.text().string();
        int found = name.startsWith("r")
                ? TextSearch.lastIndexOf(string, wanted, string.length(), evaluation.meter())
                : TextSearch.indexOf(string, wanted, 0, evaluation.meter());
        return found < 0 ? -1 : part.begin() + string.codePointCount(0, found);
    }

    static Value count(Text text, Evaluation evaluation, Arguments arguments) {
        Value[] bound = arguments.bind("count()", 1, "sub", "start", "end");
        String wanted = TextMethods.text(bound[0], "what count() looks for").string();
        Part part = part(text, bound[1], bound[2], evaluation);
        if (part == null) {
            return new IntValue(0);
        }
        if (wanted.isEmpty()) {
            return new IntValue(part.text().codePoints() + 1);
        }
        String string = part.text().string();
        int count = 0;
        int at = TextSearch.indexOf(string, wanted, 0, evaluation.meter());
        while (at >= 0) {
            count++;
            at = TextSearch.indexOf(string, wanted, at + wanted.length(), evaluation.meter());
        }
        return new IntValue(count);
    }

    static Value startsWith(Text text, Evaluation evaluation, Arguments arguments) {
        return any("startswith()", text, evaluation, arguments);
    }

    static Value endsWith(Text text, Evaluation evaluation, Arguments arguments) {
        return any("endswith()", text, evaluation, arguments);
    }

    /** Whether the text has the affix, or any of a tuple of them. */
    private static Value any(String name, Text text, Evaluation evaluation, Arguments arguments) {
        Value[] bound = arguments.bind(name, 1, "affix", "start", "end");
        List<Value> affixes = bound[0] instanceof TupleValue tuple ? tuple.items() : List.of(bound[0]);
        Part part = part(text, bound[1], bound[2], evaluation);
        boolean found = false;
        for (Value affix : affixes) {
            String wanted =
                    TextMethods.text(affix, "what " + name + " looks for").string();
            evaluation.meter().scan(wanted.length());
            String string = part == null ? null : part.text().string();
            found |= string != null && (name.startsWith("s") ? string.startsWith(wanted) : string.endsWith(wanted));
        }
        return BoolValue.of(found);
    }

    static boolean isIdentifier(String string) {
        if (string.isEmpty()) {
            return false;
        }
        int first = string.codePointAt(0);
        return (first == '_' || Character.isUnicodeIdentifierStart(first))
                && string.codePoints().allMatch(c -> c == '_' || Character.isUnicodeIdentifierPart(c));
    }
}
