package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** Methods of strings. Those that cut and join keep the runs of their texts. */
final class TextMethods {
    private interface Method {
        Value call(Text text, Evaluation evaluation, Arguments arguments);
    }

    private static final Map<String, Method> METHODS = Map.ofEntries(
            Map.entry("capitalize", (text, e, _) -> mapped(text, TextCase.capitalized(text.string()), e)),
            Map.entry("casefold", (text, e, _) -> mapped(text, TextCase.folded(text.string()), e)),
            Map.entry("center", (text, e, a) -> TextPadding.center(text, e, a)),
            Map.entry("count", (text, e, a) -> TextQueries.count(text, e, a)),
            Map.entry("endswith", (text, e, a) -> TextQueries.endsWith(text, e, a)),
            Map.entry("expandtabs", (text, e, a) -> TextPadding.expandTabs(text, e, a)),
            Map.entry("find", (text, e, a) -> TextQueries.find("find()", text, e, a)),
            Map.entry("format", (text, e, a) -> BraceFormat.format(text, a, e)),
            Map.entry("format_map", (text, e, a) -> BraceFormat.formatMap(text, a, e)),
            Map.entry("index", (text, e, a) -> TextQueries.index("index()", text, e, a)),
            Map.entry(
                    "isalnum",
                    (text, e, _) -> all(text, e, c -> CharacterTypes.isAlpha(c) || CharacterTypes.isNumeric(c))),
            Map.entry("isalpha", (text, e, _) -> all(text, e, CharacterTypes::isAlpha)),
            Map.entry(
                    "isascii",
                    (text, e, _) -> BoolValue.of(text.string().chars().allMatch(c -> c < 0x80))),
            Map.entry("isdecimal", (text, e, _) -> all(text, e, CharacterTypes::isDecimal)),
            Map.entry("isdigit", (text, e, _) -> all(text, e, CharacterTypes::isDigit)),
            Map.entry("isidentifier", (text, _, _) -> BoolValue.of(TextQueries.isIdentifier(text.string()))),
            Map.entry("islower", (text, _, _) -> BoolValue.of(TextCase.isLower(text.string()))),
            Map.entry("isnumeric", (text, e, _) -> all(text, e, CharacterTypes::isNumeric)),
            Map.entry(
                    "isprintable",
                    (text, _, _) -> BoolValue.of(text.string().codePoints().allMatch(CharacterTypes::isPrintable))),
            Map.entry("isspace", (text, e, _) -> all(text, e, CharacterTypes::isSpace)),
            Map.entry("istitle", (text, _, _) -> BoolValue.of(TextCase.isTitle(text.string()))),
            Map.entry("isupper", (text, _, _) -> BoolValue.of(TextCase.isUpper(text.string()))),
            Map.entry("join", (text, e, a) -> join(text, a.bind("join()", 1, "iterable")[0], e)),
            Map.entry("ljust", (text, e, a) -> TextPadding.just("ljust()", text, true, e, a)),
            Map.entry("lower", (text, e, _) -> mapped(text, text.string().toLowerCase(Locale.ROOT), e)),
            Map.entry("lstrip", (text, e, a) -> TextCuts.strip("lstrip()", text, true, false, e, a)),
            Map.entry("partition", (text, e, a) -> TextCuts.partition("partition()", text, false, e, a)),
            Map.entry("removeprefix", (text, e, a) -> TextCuts.removePrefix(text, e, a)),
            Map.entry("removesuffix", (text, e, a) -> TextCuts.removeSuffix(text, e, a)),
            Map.entry("replace", (text, e, a) -> TextCuts.replace(text, e, a)),
            Map.entry("rfind", (text, e, a) -> TextQueries.find("rfind()", text, e, a)),
            Map.entry("rindex", (text, e, a) -> TextQueries.index("rindex()", text, e, a)),
            Map.entry("rjust", (text, e, a) -> TextPadding.just("rjust()", text, false, e, a)),
            Map.entry("rpartition", (text, e, a) -> TextCuts.partition("rpartition()", text, true, e, a)),
            Map.entry("rsplit", (text, e, a) -> TextSplit.split("rsplit()", text, true, e, a)),
            Map.entry("rstrip", (text, e, a) -> TextCuts.strip("rstrip()", text, false, true, e, a)),
            Map.entry("split", (text, e, a) -> TextSplit.split("split()", text, false, e, a)),
            Map.entry("splitlines", (text, e, a) -> TextSplit.lines(text, e, a)),
            Map.entry("startswith", (text, e, a) -> TextQueries.startsWith(text, e, a)),
            Map.entry("strip", (text, e, a) -> TextCuts.strip("strip()", text, true, true, e, a)),
            Map.entry("swapcase", (text, e, _) -> mapped(text, TextCase.swapped(text.string()), e)),
            Map.entry("title", (text, e, _) -> mapped(text, TextCase.titled(text.string()), e)),
            Map.entry("upper", (text, e, _) -> mapped(text, text.string().toUpperCase(Locale.ROOT), e)),
            Map.entry("zfill", (text, e, a) -> TextPadding.zeroFill(text, e, a)));

    private TextMethods() {}

    /** The method, or null. */
    static Value of(Text text, String name) {
        Method method = METHODS.get(name);
        return method == null
                ? null
                : new Builtin(name, (evaluation, arguments) -> method.call(text, evaluation, arguments));
    }

    /** Calls a method that is known to be there. */
    static Value call(Text text, String name, Evaluation evaluation, Arguments arguments) {
        return METHODS.get(name).call(text, evaluation, arguments);
    }

    private static Text mapped(Text text, String result, Evaluation evaluation) {
        return evaluation.meter().made(text.mapped(result));
    }

    private static Value all(Text text, Evaluation evaluation, IntPredicate kind) {
        evaluation.meter().scan(text.length());
        return BoolValue.of(!text.isEmpty() && text.string().codePoints().allMatch(kind));
    }

    /** As {@code separator.join(items)}: items must be strings. */
    private static Text join(Text separator, Value items, Evaluation evaluation) {
        List<Text> parts = new ArrayList<>();
        for (Value item : Iteration.list(items, evaluation)) {
            if (!(item instanceof Text part)) {
                throw ChatTemplateException.failed(
                        "join() needs strings, but item " + parts.size() + " is a '" + item.typeName() + "'");
            }
            parts.add(part);
        }
        return join(separator, parts, evaluation);
    }

    static Text join(Text separator, List<Text> parts, Evaluation evaluation) {
        TextBuilder joined = new TextBuilder(evaluation.meter());
        for (int i = 0; i < parts.size(); i++) {
            joined.append(i == 0 ? Text.EMPTY : separator).append(parts.get(i));
        }
        return joined.build().withMarkup(separator.isMarkup());
    }

    /** The string that an argument must be. */
    static Text text(Value value, String what) {
        return switch (value) {
            case Text text -> text;
            case Undefined undefined -> throw undefined.used();
            default ->
                throw ChatTemplateException.failed(what + " must be a string, but is a '" + value.typeName() + "'");
        };
    }
}
