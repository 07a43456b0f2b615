package dev.lockstep.template;

/** Methods of strings that fill up to a width, which is counted in code points. */
final class TextPadding {
    private TextPadding() {}

    static Text center(Text text, Evaluation evaluation, Arguments arguments) {
        Value[] bound = arguments.bind("center()", 1, "width", "fillchar");
        long missing = missing(text, bound[0], evaluation);
        // Which side gets the odd one is Python's choice, and depends on the width.
        long width = Numbers.integer(bound[0], "a width");
        long left = missing / 2 + (missing & width & 1);
        return padded(text, left, missing - left, fill(bound[1]), evaluation);
    }

    static Text just(String name, Text text, boolean left, Evaluation evaluation, Arguments arguments) {
        Value[] bound = arguments.bind(name, 1, "width", "fillchar");
        long missing = missing(text, bound[0], evaluation);
        return padded(text, left ? 0 : missing, left ? missing : 0, fill(bound[1]), evaluation);
    }

    static Text zeroFill(Text text, Evaluation evaluation, Arguments arguments) {
        long missing = missing(text, arguments.bind("zfill()", 1, "width")[0], evaluation);
        int sign = text.string().startsWith("-") || text.string().startsWith("+") ? 1 : 0;
        Text padded = padded(text.from(sign), missing, 0, Text.of("0"), evaluation);
        return TextBuilder.concat(evaluation.meter(), text.slice(0, sign), padded);
    }

    static Text expandTabs(Text text, Evaluation evaluation, Arguments arguments) {
        Value size = arguments.bind("expandtabs()", 0, "tabsize")[0];
        int width = size == null ? 8 : Numbers.clamped(size, "a tab's size");
        TextBuilder out = new TextBuilder(evaluation.meter());
        int column = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.string().codePointAt(i);
            int end = i + Character.charCount(c);
            if (c == '\t') {
                int spaces = width <= 0 ? 0 : width - column % width;
                out.append(padded(Text.EMPTY, spaces, 0, Text.of(" "), evaluation));
                column += spaces;
            } else {
                out.append(text.slice(i, end));
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
            i = end;
        }
        return out.build();
    }

    private static long missing(Text text, Value width, Evaluation evaluation) {
        evaluation.meter().scan(text.length());
        return Math.max(0, Numbers.integer(width, "a width") - text.codePoints());
    }

    private static Text fill(Value fill) {
        if (fill == null) {
            return Text.of(" ");
        }
        Text text = TextMethods.text(fill, "a fill character");
        if (text.codePoints() != 1) {
            throw ChatTemplateException.failed("the fill character must be exactly one character long");
        }
        return text;
    }

    static Text padded(Text text, long before, long after, Text fill, Evaluation evaluation) {
        evaluation.meter().make(0, Math.max(Math.max(before, after), before + after));
        TextBuilder out = new TextBuilder(evaluation.meter());
        repeat(fill, before, out);
        out.append(text);
        repeat(fill, after, out);
        return out.build().withMarkup(text.isMarkup());
    }

    private static void repeat(Text fill, long times, TextBuilder out) {
        for (long i = 0; i < times; i++) {
            out.append(fill);
        }
    }
}
