package dev.lockstep.template;

/** Methods of mappings that change nothing. */
final class DictMethods {
    private DictMethods() {}

    /** The method, or null. */
    static Value of(DictValue dict, String name) {
        return switch (name) {
            case "get" -> new Builtin(name, (_, arguments) -> get(dict, arguments));
            case "items" -> view(dict, name, DictView.Part.ITEMS);
            case "keys" -> view(dict, name, DictView.Part.KEYS);
            case "values" -> view(dict, name, DictView.Part.VALUES);
            case "copy" ->
                new Builtin(name, (evaluation, arguments) -> {
                    arguments.bind("copy()", 0);
                    evaluation.meter().elements(dict.size());
                    DictValue copy = new DictValue();
                    dict.entries().forEach(entry -> copy.put(entry.key(), entry.value()));
                    return copy;
                });
            default -> null;
        };
    }

    private static Value view(DictValue dict, String name, DictView.Part part) {
        return new Builtin(name, (_, arguments) -> {
            arguments.bind(name + "()", 0);
            return new DictView(dict, part);
        });
    }

    private static Value get(DictValue dict, Arguments arguments) {
        if (!arguments.named().isEmpty()) {
            throw ChatTemplateException.failed("get() takes no keyword arguments");
        }
        Value[] bound = arguments.bind("get()", 1, "key", "default");
        Value value = dict.get(bound[0]);
        return value != null ? value : bound[1] != null ? bound[1] : NoneValue.NONE;
    }
}
