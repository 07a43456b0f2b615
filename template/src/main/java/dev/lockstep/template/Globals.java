package dev.lockstep.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template has. */
final class Globals {
    private static final Map<String, Value> FUNCTIONS = new HashMap<>();

    static {
        add("range", (_, arguments) -> range(arguments));
        add("dict", (evaluation, arguments) -> dict(arguments, evaluation));
        add("namespace", (evaluation, arguments) -> namespace(arguments, evaluation));
        add("cycler", (_, arguments) -> new Cycler(arguments.positional()));
        add("joiner", (_, arguments) -> new Joiner(arguments));
        add("raise_exception", (evaluation, arguments) -> {
            Value message = arguments.bind("raise_exception()", 1, "message")[0];
            throw ChatTemplateException.refused(evaluation.str(message).string());
        });
        add("strftime_now", (evaluation, arguments) -> {
            Text format = TextMethods.text(arguments.bind("strftime_now()", 1, "format")[0], "a time's format");
            evaluation.meter().make(0, 16L * format.length());
            return evaluation.meter().made(Text.derived(TimeFormat.format(format.string(), evaluation.now()), format));
        });
    }

    private Globals() {}

    private static void add(String name, Builtin.Body body) {
        FUNCTIONS.put(name, new Builtin(name, body));
    }

    /** A scope with all of them. */
    static Scope scope() {
        return new Scope(null, FUNCTIONS);
    }

    private static Value range(Arguments arguments) {
        List<Value> bounds = arguments.positional();
        if (bounds.isEmpty() || bounds.size() > 3 || !arguments.named().isEmpty()) {
            throw ChatTemplateException.failed("range() needs one, two or three numbers");
        }
        long first = Numbers.integer(bounds.getFirst(), "an argument of range()");
        if (bounds.size() == 1) {
            return RangeValue.of(0, first, 1);
        }
        long stop = Numbers.integer(bounds.get(1), "an argument of range()");
        return RangeValue.of(
                first, stop, bounds.size() < 3 ? 1 : Numbers.integer(bounds.get(2), "an argument of range()"));
    }

    private static DictValue dict(Arguments arguments, Evaluation evaluation) {
        Value given = new Arguments(arguments.positional(), Map.of()).bind("dict()", 0, "mapping")[0];
        DictValue dict = new DictValue();
        if (given instanceof DictValue mapping) {
            evaluation.meter().elements(mapping.size());
            mapping.entries().forEach(entry -> dict.put(entry.key(), entry.value()));
        } else if (given != null) {
            for (Value pair : Iteration.list(given, evaluation)) {
                List<Value> items = Iteration.list(pair, evaluation);
                if (items.size() != 2) {
                    throw ChatTemplateException.failed("dict() needs pairs, but got one of " + items.size());
                }
                dict.put(items.get(0), items.get(1));
            }
        }
        evaluation.meter().elements(arguments.named().size());
        arguments.named().forEach((name, value) -> dict.put(Text.of(name), value));
        return dict;
    }

    private static Value namespace(Arguments arguments, Evaluation evaluation) {
        Namespace namespace = new Namespace();
        for (DictValue.Entry entry : dict(arguments, evaluation).entries()) {
            namespace.set(evaluation.str(entry.key()).string(), entry.value());
        }
        return namespace;
    }
}
