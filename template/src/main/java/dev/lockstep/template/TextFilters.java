package dev.lockstep.template;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Filters that make a text of a text. What is no text is written as one first. */
final class TextFilters {
    static final Map<String, Filter> ALL = Map.ofEntries(
            method("upper"),
            method("lower"),
            method("capitalize"),
            method("center", Arguments.of(new IntValue(80))),
            Map.entry("title", (input, _, e) -> title(e.str(input), e)),
            Map.entry("trim", TextFilters::trim),
            Map.entry("string", (input, _, e) -> e.str(input)),
            Map.entry("safe", (input, _, e) -> e.str(input).withMarkup(true)),
            Map.entry("escape", (input, _, e) -> Markup.escape(e.str(input), e.meter())),
            Map.entry("e", (input, _, e) -> Markup.escape(e.str(input), e.meter())),
            Map.entry("forceescape", (input, _, e) -> Markup.escape(e.str(input).withMarkup(false), e.meter())),
            Map.entry("replace", TextFilters::replace),
            Map.entry("indent", TextFilters::indent),
            Map.entry("truncate", TextFilters::truncate),
            Map.entry("wordcount", (input, _, e) -> words(e.str(input), e)),
            Map.entry("format", TextFilters::format),
            Map.entry("urlencode", TextFilters::urlEncode),
            Map.entry("join", TextFilters::join));

    private TextFilters() {}

    /** A filter that is the method of the same name; some arguments stand for missing ones. */
    private static Map.Entry<String, Filter> method(String name, Arguments... otherwise) {
        return Map.entry(name, (input, arguments, evaluation) -> {
            boolean none = arguments.positional().isEmpty() && arguments.named().isEmpty();
            return TextMethods.call(
                    evaluation.str(input), name, evaluation, none && otherwise.length > 0 ? otherwise[0] : arguments);
        });
    }

    /** Words begin where Python's {@code [-\s({\[<]+} ends. */
    private static Text title(Text text, Evaluation evaluation) {
        StringBuilder titled = new StringBuilder();
        boolean begin = true;
        int from = 0;
        String string = text.string();
        while (from < string.length()) {
            int to = from;
            while (to < string.length() && isWordBreak(string.charAt(to)) == isWordBreak(string.charAt(from))) {
                to++;
            }
            int first = from + Character.charCount(string.codePointAt(from));
            titled.append(string.substring(from, first).toUpperCase(Locale.ROOT))
                    .append(string.substring(first, to).toLowerCase(Locale.ROOT));
            from = to;
        }
        return evaluation.meter().made(text.mapped(titled.toString()));
    }

    private static boolean isWordBreak(char c) {
        return "-({[<".indexOf(c) >= 0 || CharacterTypes.isSpace(c);
    }

    private static Value trim(Value input, Arguments arguments, Evaluation evaluation) {
        return TextCuts.strip("the filter 'trim'", evaluation.str(input), true, true, evaluation, arguments);
    }

    private static Value replace(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'replace'", 2, "old", "new", "count");
        boolean all = bound[2] == null || bound[2] == NoneValue.NONE;
        return TextCuts.replace(
                evaluation.str(input).withMarkup(false),
                evaluation.str(bound[0]),
                evaluation.str(bound[1]),
                all ? -1 : Numbers.integer(bound[2], "the count of 'replace'"),
                evaluation.meter());
    }

    private static Value indent(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'indent'", 0, "width", "first", "blank");
        Text text = TextMethods.text(input, "what 'indent' is applied to");
        Text indentation = bound[0] instanceof Text given
                ? given
                : TextPadding.padded(
                        Text.EMPTY,
                        Math.max(0, bound[0] == null ? 4 : Numbers.integer(bound[0], "the width of 'indent'")),
                        0,
                        Text.of(" "),
                        evaluation);
        boolean blank = bound[2] != null && Iteration.isTrue(bound[2]);
        boolean first = bound[1] != null && Iteration.isTrue(bound[1]);
        TextBuilder out = new TextBuilder(evaluation.meter());
        Text all = TextBuilder.concat(evaluation.meter(), text, Text.of("\n"));
        List<Value> lines = TextSplit.lines(all, false, evaluation.meter());
        for (int i = 0; i < lines.size(); i++) {
            Text line = (Text) lines.get(i);
            boolean indented = i == 0 ? first : blank || !line.isEmpty();
            out.append(i == 0 ? "" : "\n")
                    .append(indented ? indentation : Text.EMPTY)
                    .append(line);
        }
        return out.build().withMarkup(text.isMarkup());
    }

    private static Value truncate(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'truncate'", 0, "length", "killwords", "end", "leeway");
        Text text = TextMethods.text(input, "what 'truncate' is applied to");
        int length = bound[0] == null ? 255 : Numbers.clamped(bound[0], "the length of 'truncate'");
        Text end = bound[2] == null ? Text.of("...") : TextMethods.text(bound[2], "the end of 'truncate'");
        long leeway = bound[3] == null || bound[3] == NoneValue.NONE
                ? 5
                : Numbers.integer(bound[3], "the leeway of 'truncate'");
        int kept = length - end.codePoints();
        if (kept < 0 || leeway < 0) {
            throw ChatTemplateException.failed(
                    "'truncate' needs room for its end: length " + length + ", leeway " + leeway);
        }
        evaluation.meter().scan(text.length());
        if (text.codePoints() <= length + leeway) {
            return text;
        }
        Text cut = text.slice(0, text.offset(kept));
        int space = cut.string().lastIndexOf(' ');
        boolean killWords = bound[1] != null && Iteration.isTrue(bound[1]);
        return TextBuilder.concat(evaluation.meter(), killWords || space < 0 ? cut : cut.slice(0, space), end);
    }

    private static Value words(Text text, Evaluation evaluation) {
        evaluation.meter().scan(text.length());
        int words = 0;
        boolean inWord = false;
        for (int i = 0;
                i < text.length();
                i += Character.charCount(text.string().codePointAt(i))) {
            boolean word = CharacterTypes.isWord(text.string().codePointAt(i));
            words += word && !inWord ? 1 : 0;
            inWord = word;
        }
        return new IntValue(words);
    }

    private static Value format(Value input, Arguments arguments, Evaluation evaluation) {
        if (arguments.named().isEmpty()) {
            return PercentFormat.format(evaluation.str(input), new TupleValue(arguments.positional()), evaluation);
        }
        if (!arguments.positional().isEmpty()) {
            throw ChatTemplateException.failed("'format' takes positional or keyword arguments, not both");
        }
        DictValue named = new DictValue();
        arguments.named().forEach((name, value) -> named.put(Text.of(name), value));
        return PercentFormat.format(evaluation.str(input), named, evaluation);
    }

    private static Value join(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'join'", 0, "d", "attribute");
        Text separator =
                bound[0] == null ? Text.EMPTY : evaluation.str(bound[0]).withMarkup(false);
        AttributePath path = AttributePath.orNull(bound[1]);
        List<Text> parts = new ArrayList<>();
        for (Value item : Iteration.list(input, evaluation)) {
            parts.add(evaluation.str(path == null ? item : path.get(item, evaluation)));
        }
        return TextMethods.join(separator, parts, evaluation);
    }

    private static Value urlEncode(Value input, Arguments arguments, Evaluation evaluation) {
        if (input instanceof Text || !Iteration.isIterable(input)) {
            return quoted(evaluation.str(input), "/", evaluation);
        }
        List<Text> pairs = new ArrayList<>();
        Value items = input instanceof DictValue dict ? new DictView(dict, DictView.Part.ITEMS) : input;
        for (Value item : Iteration.list(items, evaluation)) {
            List<Value> pair = Iteration.list(item, evaluation);
            if (pair.size() != 2) {
                throw ChatTemplateException.failed("'urlencode' needs pairs, but got one of " + pair.size());
            }
            pairs.add(TextBuilder.concat(
                    evaluation.meter(),
                    quoted(evaluation.str(pair.get(0)), " ", evaluation),
                    Text.of("="),
                    quoted(evaluation.str(pair.get(1)), " ", evaluation)));
        }
        return TextMethods.join(Text.of("&"), pairs, evaluation);
    }

    /** Percent-encoded but for letters, digits, {@code _.-~} and a few others; a space there becomes a plus. */
    private static Text quoted(Text text, String kept, Evaluation evaluation) {
        StringBuilder quoted = new StringBuilder();
        evaluation.meter().make(0, 3L * text.length());
        for (byte b : text.string().getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0);
            if (plain || kept.indexOf(c) >= 0) {
                quoted.append(c == ' ' ? '+' : c);
            } else {
                quoted.append(String.format("%%%02X", (int) c));
            }
        }
        return evaluation.meter().made(Text.derived(quoted.toString(), text));
    }
}
