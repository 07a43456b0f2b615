package dev.lockstep.template;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The arguments of a call.
 *
 * @param positional in order
 * @param named in order
 */
record Arguments(List<Value> positional, Map<String, Value> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Value... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /**
     * Gives each parameter its argument.
     *
     * @param callee named in complaints
     * @param required how many parameters must have one
     * @param parameters names
     * @return an argument for each parameter, null where there is none
     */
    Value[] bind(String callee, int required, String... parameters) {
        if (positional.size() > parameters.length) {
            throw ChatTemplateException.failed(
                    callee + " takes at most " + parameters.length + " arguments but was given " + positional.size());
        }
        Value[] bound = positional.toArray(new Value[parameters.length]);
        Arrays.fill(bound, positional.size(), parameters.length, null);
        named.forEach((name, value) -> {
            int at = Arrays.asList(parameters).indexOf(name);
            if (at < 0 || bound[at] != null) {
                throw ChatTemplateException.failed(
                        callee + (at < 0 ? " has no argument '" : " was given more than one argument '") + name + "'");
            }
            bound[at] = value;
        });
        for (int i = 0; i < required; i++) {
            if (bound[i] == null) {
                throw ChatTemplateException.failed(callee + " needs its argument '" + parameters[i] + "'");
            }
        }
        return bound;
    }

    /** All but the first positional arguments. */
    Arguments tail() {
        return new Arguments(positional.subList(1, positional.size()), named);
    }

    /** These with a first positional argument. */
    Arguments after(Value first) {
        Value[] all = new Value[positional.size() + 1];
        all[0] = first;
        for (int i = 0; i < positional.size(); i++) {
            all[i + 1] = positional.get(i);
        }
        return new Arguments(List.of(all), named);
    }

    /** These with one more named argument. */
    Arguments with(String name, Value value) {
        Map<String, Value> all = new LinkedHashMap<>(named);
        if (all.put(name, value) != null) {
            throw ChatTemplateException.failed("there is more than one argument '" + name + "'");
        }
        return new Arguments(positional, all);
    }
}
