package dev.lockstep.template;

import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Values as text, as Python's {@code str} and {@code repr} write them.
 *
 * <p>A text keeps its runs; what is made of a list or mapping is data as a whole if anything in it is.
 */
final class Printer {
    private final Meter meter;
    private final TextBuilder out;
    private boolean data;

    private Printer(Meter meter) {
        this.meter = meter;
        this.out = new TextBuilder(meter);
    }

    /** As {@code str(value)}. */
    static Text str(Value value, Meter meter) {
        return switch (value) {
            case Text text -> text;
            case Undefined _ -> Text.EMPTY;
            default -> repr(value, meter);
        };
    }

    /** As {@code repr(value)}. */
    static Text repr(Value value, Meter meter) {
        if (value instanceof IntValue number) {
            return Text.of(Long.toString(number.value()));
        }
        Printer printer = new Printer(meter);
        printer.write(value);
        Text text = printer.out.build();
        return printer.data ? Text.data(text.string()) : text;
    }

    private void write(Value value) {
        meter.enter();
        switch (value) {
            case NoneValue _ -> out.append("None");
            case BoolValue truth -> out.append(truth == BoolValue.TRUE ? "True" : "False");
            case IntValue number -> out.append(Long.toString(number.value()));
            case FloatValue number -> out.append(FloatFormat.repr(number.value()));
            case Text text -> quote(text);
            case ListValue list -> enclosed("[", list.items(), "]");
            case TupleValue tuple -> enclosed("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
            case DictValue dict -> dict(dict);
            case DictView view -> {
                out.append(view.typeName());
                enclosed("([", view.items(), "])");
            }
            case RangeValue range ->
                out.append("range(" + range.start() + ", " + range.stop()
                        + (range.step() == 1 ? ")" : ", " + range.step() + ")"));
            case Undefined _ -> out.append("Undefined");
            case Generator _, Namespace _, Callable _ -> out.append("<" + value.typeName() + " object>");
        }
        meter.leave();
    }

    private void enclosed(String open, List<Value> items, String close) {
        out.append(open);
        separated(items.iterator(), this::write);
        out.append(close);
    }

    private void dict(DictValue dict) {
        out.append("{");
        separated(dict.entries().iterator(), entry -> {
            write(entry.key());
            out.append(": ");
            write(entry.value());
        });
        out.append("}");
    }

    private <T> void separated(Iterator<T> items, Consumer<T> write) {
        while (items.hasNext()) {
            write.accept(items.next());
            if (items.hasNext()) {
                out.append(", ");
            }
        }
    }

    private void quote(Text text) {
        data |= text.hasData();
        String string = text.string();
        char quote = string.indexOf('\'') >= 0 && string.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder quoted = new StringBuilder(string.length() + 2).append(quote);
        string.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                quoted.append('\\').append((char) c);
            } else if (CharacterTypes.isPrintable(c)) {
                quoted.appendCodePoint(c);
            } else {
                escape(c, quoted);
            }
        });
        out.append(quoted.append(quote).toString());
    }

    private static void escape(int c, StringBuilder to) {
        switch (c) {
            case '\n' -> to.append("\\n");
            case '\r' -> to.append("\\r");
            case '\t' -> to.append("\\t");
            default -> to.append(String.format(c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
        }
    }
}
