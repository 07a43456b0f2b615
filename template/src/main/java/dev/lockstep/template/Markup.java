package dev.lockstep.template;

/**
 * Texts that are marked as HTML by the filters {@code safe} and {@code escape}: what is added to one is escaped. Nothing
 * else of Jinja's escaping matters to templates that are rendered without it.
 */
final class Markup {
    private Markup() {}

    static Text escape(Text text, Meter meter) {
        if (text.isMarkup()) {
            return text;
        }
        TextBuilder escaped = new TextBuilder(meter);
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            String entity = switch (text.string().charAt(i)) {
                case '&' -> "&amp;";
                case '<' -> "&lt;";
                case '>' -> "&gt;";
                case '"' -> "&#34;";
                case '\'' -> "&#39;";
                default -> null;
            };
            if (entity != null) {
                escaped.append(text.slice(from, i)).append(Text.derived(entity, text.slice(i, i + 1)));
                from = i + 1;
            }
        }
        return escaped.append(text.from(from)).build().withMarkup(true);
    }

    /** As {@code one + two}. */
    static Text sum(Text one, Text two, Meter meter) {
        if (one.isMarkup() || two.isMarkup()) {
            return TextBuilder.concat(meter, escape(one, meter), escape(two, meter))
                    .withMarkup(true);
        }
        return TextBuilder.concat(meter, one, two);
    }
}
