package dev.lockstep.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Values as JSON, as Python's {@code json.dumps} writes them. The text is data as a whole if anything in it is. */
final class JsonWriter {
    /**
     * @param ascii whether other characters than those of ASCII are escaped
     * @param indent what a level is indented by; null for all in one line
     * @param itemSeparator between the items of a list or mapping
     * @param keySeparator between key and value
     * @param sortKeys whether mappings are written in the order of their keys
     */
    record Style(boolean ascii, String indent, Text itemSeparator, Text keySeparator, boolean sortKeys) {}

    private final Style style;
    private final Evaluation evaluation;
    private final TextBuilder out;
    private int level;
    private boolean data;

    private JsonWriter(Style style, Evaluation evaluation) {
        this.style = style;
        this.evaluation = evaluation;
        this.out = new TextBuilder(evaluation.meter());
    }

    static Text write(Value value, Style style, Evaluation evaluation) {
        JsonWriter writer = new JsonWriter(style, evaluation);
        writer.data = style.itemSeparator().hasData() || style.keySeparator().hasData();
        writer.write(value);
        Text text = writer.out.build();
        return writer.data ? Text.data(text.string()) : text;
    }

    private void write(Value value) {
        evaluation.meter().enter();
        switch (value) {
            case Text text -> string(text);
            case ListValue list -> list(list.items());
            case TupleValue tuple -> list(tuple.items());
            case DictValue dict -> dict(dict);
            case NoneValue _, BoolValue _, IntValue _, FloatValue _ -> out.append(scalar(value));
            case DictView _, RangeValue _, Generator _, Namespace _, Undefined _, Callable _ ->
                throw ChatTemplateException.failed("object of type " + value.typeName() + " is not JSON serializable");
        }
        evaluation.meter().leave();
    }

    private static String scalar(Value value) {
        return switch (value) {
            case BoolValue truth -> truth == BoolValue.TRUE ? "true" : "false";
            case IntValue number -> Long.toString(number.value());
            case FloatValue number -> FloatFormat.json(number.value());
            default -> "null";
        };
    }

    private void list(List<Value> items) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append("[");
        level++;
        Iterator<Value> rest = items.iterator();
        while (rest.hasNext()) {
            newline();
            write(rest.next());
            separate(rest.hasNext());
        }
        level--;
        newline();
        out.append("]");
    }

    private void dict(DictValue dict) {
        if (dict.size() == 0) {
            out.append("{}");
            return;
        }
        out.append("{");
        level++;
        Iterator<DictValue.Entry> rest = entries(dict).iterator();
        while (rest.hasNext()) {
            newline();
            DictValue.Entry entry = rest.next();
            key(entry.key());
            out.append(style.keySeparator());
            write(entry.value());
            separate(rest.hasNext());
        }
        level--;
        newline();
        out.append("}");
    }

    private Iterable<DictValue.Entry> entries(DictValue dict) {
        if (!style.sortKeys()) {
            return dict.entries();
        }
        List<DictValue.Entry> sorted = new ArrayList<>();
        dict.entries().forEach(sorted::add);
        sorted.sort((one, two) -> Comparison.order(one.key(), two.key(), evaluation.meter()));
        return sorted;
    }

    private void key(Value key) {
        switch (key) {
            case Text text -> string(text);
            case NoneValue _, BoolValue _, IntValue _, FloatValue _ -> out.append("\"" + scalar(key) + "\"");
            default ->
                throw ChatTemplateException.failed("keys must be str, int, float, bool or None, not " + key.typeName());
        }
    }

    private void newline() {
        if (style.indent() != null) {
            out.append("\n");
            for (int i = 0; i < level; i++) {
                out.append(style.indent());
            }
        }
    }

    private void separate(boolean more) {
        if (more) {
            out.append(style.itemSeparator());
        }
    }

    private void string(Text text) {
        data |= text.hasData();
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            escape(text.string().charAt(i), quoted);
        }
        out.append(quoted.append('"').toString());
    }

    private void escape(char c, StringBuilder to) {
        switch (c) {
            case '"' -> to.append("\\\"");
            case '\\' -> to.append("\\\\");
            case '\n' -> to.append("\\n");
            case '\r' -> to.append("\\r");
            case '\t' -> to.append("\\t");
            case '\f' -> to.append("\\f");
            case '\b' -> to.append("\\b");
            default -> {
                if (c < 0x20 || style.ascii() && c > 0x7E) {
                    to.append(String.format("\\u%04x", (int) c));
                } else {
                    to.append(c);
                }
            }
        }
    }
}
