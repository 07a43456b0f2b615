package dev.lockstep.template;

import java.util.HashMap;
import java.util.Map;

/** All filters by their names. */
final class Filters {
    private static final Map<String, Filter> ALL = new HashMap<>();

    static {
        ALL.putAll(TextFilters.ALL);
        ALL.putAll(NumberFilters.ALL);
        ALL.putAll(SequenceFilters.ALL);
        ALL.putAll(OrderFilters.ALL);
        ALL.putAll(SelectionFilters.ALL);
        ALL.put("tojson", Filters::toJson);
        ALL.put("default", Filters::orDefault);
        ALL.put("d", Filters::orDefault);
        ALL.put("attr", Filters::attribute);
    }

    private Filters() {}

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static Value apply(String name, Evaluation evaluation, Value input, Arguments arguments) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw ChatTemplateException.failed("there is no filter named " + Abbreviated.of(name));
        }
        evaluation.meter().step(1);
        return filter.apply(input, arguments, evaluation);
    }

    private static Value orDefault(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'default'", 0, "default_value", "boolean");
        boolean falseToo = bound[1] != null && Iteration.isTrue(bound[1]);
        boolean missing = input instanceof Undefined || falseToo && !Iteration.isTrue(input);
        return !missing ? input : bound[0] == null ? Text.EMPTY : bound[0];
    }

    private static Value attribute(Value input, Arguments arguments, Evaluation evaluation) {
        Text name = TextMethods.text(arguments.bind("the filter 'attr'", 1, "name")[0], "an attribute's name");
        Value attribute = Attributes.ownAttribute(input, name.string());
        return attribute == null ? Undefined.attribute(input, name.string()) : attribute;
    }

    private static Value toJson(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'tojson'", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = indent(bound[1], evaluation);
        Text itemSeparator = Text.of(indent == null ? ", " : ",");
        Text keySeparator = Text.of(": ");
        if (bound[2] != null && bound[2] != NoneValue.NONE) {
            java.util.List<Value> separators = Iteration.list(bound[2], evaluation);
            if (separators.size() != 2) {
                throw ChatTemplateException.failed(
                        "the separators of 'tojson' must be two, but are " + separators.size());
            }
            itemSeparator = TextMethods.text(separators.get(0), "a separator of 'tojson'");
            keySeparator = TextMethods.text(separators.get(1), "a separator of 'tojson'");
        }
        boolean ascii = bound[0] != null && Iteration.isTrue(bound[0]);
        boolean sorted = bound[3] != null && Iteration.isTrue(bound[3]);
        return JsonWriter.write(
                input, new JsonWriter.Style(ascii, indent, itemSeparator, keySeparator, sorted), evaluation);
    }

    private static String indent(Value indent, Evaluation evaluation) {
        if (indent == null || indent == NoneValue.NONE) {
            return null;
        }
        if (indent instanceof Text text) {
            return text.string();
        }
        long width = Math.max(0, Numbers.integer(indent, "the indent of 'tojson'"));
        return TextPadding.padded(Text.EMPTY, width, 0, Text.of(" "), evaluation)
                .string();
    }
}
