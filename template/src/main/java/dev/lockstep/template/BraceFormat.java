package dev.lockstep.template;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Python's {@code str.format}. The result keeps the runs of texts that are put in. */
final class BraceFormat {
    private static final int NESTING_MAX = 2;

    private final Arguments arguments;
    private final Evaluation evaluation;
    private int automatic;
    private boolean manual;

    private BraceFormat(Arguments arguments, Evaluation evaluation) {
        this.arguments = arguments;
        this.evaluation = evaluation;
    }

    static Text format(Text format, Arguments arguments, Evaluation evaluation) {
        return new BraceFormat(arguments, evaluation).fill(format, NESTING_MAX).withMarkup(format.isMarkup());
    }

    static Text formatMap(Text format, Arguments arguments, Evaluation evaluation) {
        if (!(arguments.bind("format_map()", 1, "mapping")[0] instanceof DictValue dict)) {
            throw ChatTemplateException.failed("format_map() needs a mapping");
        }
        Map<String, Value> named = new LinkedHashMap<>();
        dict.entries().forEach(entry -> named.put(evaluation.str(entry.key()).string(), entry.value()));
        return format(format, new Arguments(List.of(), named), evaluation);
    }

    private Text fill(Text format, int nesting) {
        if (nesting == 0) {
            throw ChatTemplateException.failed("a format has fields in fields in fields");
        }
        TextBuilder out = new TextBuilder(evaluation.meter());
        String string = format.string();
        int at = 0;
        while (at < string.length()) {
            char c = string.charAt(at);
            boolean doubled = at + 1 < string.length() && string.charAt(at + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                out.append(format.slice(at, at + 1));
                at += 2;
            } else if (c == '{') {
                int close = close(string, at);
                out.append(field(format.slice(at + 1, close), nesting));
                at = close + 1;
            } else if (c == '}') {
                throw ChatTemplateException.failed("single '}' in a format");
            } else {
                int end = at;
                while (end < string.length() && string.charAt(end) != '{' && string.charAt(end) != '}') {
                    end++;
                }
                out.append(format.slice(at, end));
                at = end;
            }
        }
        return out.build();
    }

    private static int close(String format, int open) {
        int depth = 0;
        for (int i = open; i < format.length(); i++) {
            depth += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw ChatTemplateException.failed("a '{' in a format has no '}'");
    }

    private Text field(Text field, int nesting) {
        String string = field.string();
        int colon = string.indexOf(':');
        String head = colon < 0 ? string : string.substring(0, colon);
        int mark = head.indexOf('!');
        Value value = value(mark < 0 ? head : head.substring(0, mark));
        if (mark >= 0) {
            value = switch (head.substring(mark + 1)) {
                case "s" -> evaluation.str(value);
                case "r", "a" -> Printer.repr(value, evaluation.meter());
                default -> throw ChatTemplateException.failed("a format has an unknown conversion");
            };
        }
        Text spec = colon < 0 ? Text.EMPTY : fill(field.from(colon + 1), nesting - 1);
        return FormatSpec.format(value, spec.string(), evaluation);
    }

    /** What a field's name, such as {@code 0.name[key]}, stands for. */
    private Value value(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        Value value = first(path.substring(0, end));
        while (end < path.length()) {
            if (path.charAt(end) == '.') {
                int next = end + 1;
                while (next < path.length() && path.charAt(next) != '.' && path.charAt(next) != '[') {
                    next++;
                }
                value = Attributes.attribute(value, path.substring(end + 1, next), evaluation);
                end = next;
            } else {
                int close = path.indexOf(']', end);
                if (path.charAt(end) != '[' || close < 0) {
                    throw ChatTemplateException.failed("a format has a broken field " + Abbreviated.of(path));
                }
                String key = path.substring(end + 1, close);
                value = Attributes.item(
                        value,
                        key.matches("\\d{1,9}") ? new IntValue(Integer.parseInt(key)) : Text.of(key),
                        evaluation);
                end = close + 1;
            }
        }
        return value;
    }

    private Value first(String name) {
        if (name.isEmpty() || name.matches("\\d{1,9}")) {
            boolean other = name.isEmpty() ? manual : automatic > 0;
            if (other) {
                throw ChatTemplateException.failed("a format counts its fields in two ways");
            }
            manual |= !name.isEmpty();
            int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
            if (index >= arguments.positional().size()) {
                throw ChatTemplateException.failed("a format asks for argument " + index + ", which was not given");
            }
            return arguments.positional().get(index);
        }
        Value value = arguments.named().get(name);
        if (value == null) {
            throw ChatTemplateException.failed(
                    "a format asks for the argument " + Abbreviated.of(name) + ", which was not given");
        }
        return value;
    }
}
