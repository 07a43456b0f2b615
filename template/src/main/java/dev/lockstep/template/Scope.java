package dev.lockstep.template;

import java.util.HashMap;
import java.util.Map;

/** Variables, and those of the block around. What is set in a block is gone after it. */
final class Scope {
    private final Scope outer;
    private final Map<String, Value> variables;

    /** @param outer the block around, or null */
    Scope(Scope outer) {
        this(outer, new HashMap<>());
    }

    Scope(Scope outer, Map<String, Value> variables) {
        this.outer = outer;
        this.variables = variables;
    }

    /** The variable, or null. */
    Value get(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Value value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    void set(String name, Value value) {
        variables.put(name, value);
    }
}
