package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/** Methods of strings that split. */
final class TextSplit {
    private TextSplit() {}

    static Value split(String name, Text text, boolean fromEnd, Evaluation evaluation, Arguments arguments) {
        Value[] bound = arguments.bind(name, 0, "sep", "maxsplit");
        long max = bound[1] == null ? -1 : Numbers.integer(bound[1], "maxsplit");
        long splits = max < 0 ? Long.MAX_VALUE : max;
        evaluation.meter().make(text.length(), text.length());
        List<Value> parts = new ArrayList<>();
        if (bound[0] == null || bound[0] == NoneValue.NONE) {
            words(text, fromEnd, splits, parts, evaluation.meter());
        } else if (fromEnd) {
            backwards(text, TextCuts.separator(bound[0], name), splits, parts, evaluation.meter());
        } else {
            forwards(text, TextCuts.separator(bound[0], name), splits, parts, evaluation.meter());
        }
        return new ListValue(fromEnd ? parts.reversed() : parts);
    }

    private static void forwards(Text text, Text separator, long splits, List<Value> parts, Meter meter) {
        int from = 0;
        while (parts.size() < splits) {
            int at = TextSearch.indexOf(text.string(), separator.string(), from, meter);
            if (at < 0) {
                break;
            }
            add(text.slice(from, at), parts, meter);
            from = at + separator.length();
        }
        add(text.from(from), parts, meter);
    }

    private static void backwards(Text text, Text separator, long splits, List<Value> parts, Meter meter) {
        int to = text.length();
        while (parts.size() < splits) {
            int at = TextSearch.lastIndexOf(text.string(), separator.string(), to, meter);
            if (at < 0) {
                break;
            }
            add(text.slice(at + separator.length(), to), parts, meter);
            to = at;
        }
        add(text.slice(0, to), parts, meter);
    }

    /** Splits at white space; what is left after the last split is taken as it is. */
    private static void words(Text text, boolean fromEnd, long splits, List<Value> parts, Meter meter) {
        int from = 0;
        int to = text.length();
        while (true) {
            from = fromEnd ? from : end(text, from, to, true);
            to = fromEnd ? begin(text, from, to, true) : to;
            if (from >= to) {
                return;
            }
            if (parts.size() >= splits) {
                add(text.slice(from, to), parts, meter);
                return;
            }
            int cut = fromEnd ? begin(text, from, to, false) : end(text, from, to, false);
            add(fromEnd ? text.slice(cut, to) : text.slice(from, cut), parts, meter);
            from = fromEnd ? from : cut;
            to = fromEnd ? cut : to;
        }
    }

    /** Where the run of white space, or of anything else, that begins at {@code from} ends. */
    private static int end(Text text, int from, int to, boolean space) {
        int end = from;
        while (end < to && CharacterTypes.isSpace(text.string().charAt(end)) == space) {
            end++;
        }
        return end;
    }

    /** Where the run of white space, or of anything else, that ends at {@code to} begins. */
    private static int begin(Text text, int from, int to, boolean space) {
        int begin = to;
        while (begin > from && CharacterTypes.isSpace(text.string().charAt(begin - 1)) == space) {
            begin--;
        }
        return begin;
    }

    private static void add(Text part, List<Value> parts, Meter meter) {
        meter.elements(1);
        parts.add(part);
    }

    static Value lines(Text text, Evaluation evaluation, Arguments arguments) {
        Value keep = arguments.bind("splitlines()", 0, "keepends")[0];
        return new ListValue(lines(text, keep != null && Iteration.isTrue(keep), evaluation.meter()));
    }

    /** The lines of a text, with or without their ends. */
    static List<Value> lines(Text text, boolean keepEnds, Meter meter) {
        meter.make(text.length(), text.length());
        List<Value> lines = new ArrayList<>();
        String string = text.string();
        int from = 0;
        for (int i = 0; i < string.length(); i++) {
            if (CharacterTypes.isLineEnd(string.charAt(i))) {
                int end = string.startsWith("\r\n", i) ? i + 2 : i + 1;
                add(text.slice(from, keepEnds ? end : i), lines, meter);
                from = end;
                i = end - 1;
            }
        }
        if (from < string.length()) {
            add(text.from(from), lines, meter);
        }
        return lines;
    }
}
