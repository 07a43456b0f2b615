package dev.lockstep.template;

import java.util.function.IntPredicate;

/** Methods of strings that cut off, cut in three, or replace. */
final class TextCuts {
    private TextCuts() {}

    static Text strip(String name, Text text, boolean left, boolean right, Evaluation evaluation, Arguments arguments) {
        Value set = arguments.bind(name, 0, "chars")[0];
        if (set == null || set == NoneValue.NONE) {
            return strip(text, left, right, CharacterTypes::isSpace, evaluation.meter());
        }
        String characters = TextMethods.text(set, "what " + name + " takes off").string();
        evaluation.meter().scan(characters.length());
        return strip(
                text,
                left,
                right,
                c -> {
                    evaluation.meter().scan(characters.length());
                    return characters.indexOf(c) >= 0;
                },
                evaluation.meter());
    }

    static Text strip(Text text, boolean left, boolean right, IntPredicate taken, Meter meter) {
        String string = text.string();
        int from = 0;
        int to = string.length();
        while (left && from < to && taken.test(string.codePointAt(from))) {
            from += Character.charCount(string.codePointAt(from));
        }
        while (right && from < to && taken.test(string.codePointBefore(to))) {
            to -= Character.charCount(string.codePointBefore(to));
        }
        return meter.made(text.slice(from, to));
    }

    static Value partition(String name, Text text, boolean last, Evaluation evaluation, Arguments arguments) {
        Text separator = separator(arguments.bind(name, 1, "sep")[0], name);
        Meter meter = evaluation.meter();
        int at = last
                ? TextSearch.lastIndexOf(text.string(), separator.string(), text.length(), meter)
                : TextSearch.indexOf(text.string(), separator.string(), 0, meter);
        meter.make(text.length(), text.length());
        if (at < 0) {
            return last ? TupleValue.of(Text.EMPTY, Text.EMPTY, text) : TupleValue.of(text, Text.EMPTY, Text.EMPTY);
        }
        return TupleValue.of(text.slice(0, at), separator, text.from(at + separator.length()));
    }

    /** A separator, which must not be empty. */
    static Text separator(Value value, String name) {
        Text separator = TextMethods.text(value, "the separator of " + name);
        if (separator.isEmpty()) {
            throw ChatTemplateException.failed("empty separator");
        }
        return separator;
    }

    static Text removePrefix(Text text, Evaluation evaluation, Arguments arguments) {
        Text prefix = TextMethods.text(arguments.bind("removeprefix()", 1, "prefix")[0], "a prefix");
        return text.string().startsWith(prefix.string()) ? evaluation.meter().made(text.from(prefix.length())) : text;
    }

    static Text removeSuffix(Text text, Evaluation evaluation, Arguments arguments) {
        Text suffix = TextMethods.text(arguments.bind("removesuffix()", 1, "suffix")[0], "a suffix");
        return text.string().endsWith(suffix.string())
                ? evaluation.meter().made(text.slice(0, text.length() - suffix.length()))
                : text;
    }

    static Text replace(Text text, Evaluation evaluation, Arguments arguments) {
        Value[] bound = arguments.bind("replace()", 2, "old", "new", "count");
        return replace(
                text,
                TextMethods.text(bound[0], "what replace() looks for"),
                TextMethods.text(bound[1], "what replace() puts in"),
                bound[2] == null ? -1 : Numbers.integer(bound[2], "the count of replace()"),
                evaluation.meter());
    }

    /** @param count how many to replace at most; all if it is negative */
    static Text replace(Text text, Text old, Text replacement, long count, Meter meter) {
        TextBuilder out = new TextBuilder(meter);
        int from = 0;
        int at = TextSearch.indexOf(text.string(), old.string(), 0, meter);
        for (long done = 0; at >= 0 && (count < 0 || done < count); done++) {
            out.append(text.slice(from, at)).append(replacement);
            from = at + old.length();
            at = old.isEmpty() ? nextCharacter(text, at) : TextSearch.indexOf(text.string(), old.string(), from, meter);
        }
        return out.append(text.from(from)).build().withMarkup(text.isMarkup());
    }

    private static int nextCharacter(Text text, int at) {
        return at >= text.length() ? -1 : at + Character.charCount(text.string().codePointAt(at));
    }
}
