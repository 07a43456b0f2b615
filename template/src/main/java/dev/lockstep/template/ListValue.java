package dev.lockstep.template;

import java.util.List;

/**
 * Python's {@code list}; templates cannot change one.
 *
 * @param items never changed after construction
 */
record ListValue(List<Value> items) implements Value {
    @Override
    public String typeName() {
        return "list";
    }
}
