package dev.lockstep.template;

import java.util.List;

/**
 * Python's {@code tuple}.
 *
 * @param items never changed after construction
 * @param fields names of the items, or none at all
 */
record TupleValue(List<Value> items, List<String> fields) implements Value {
    TupleValue(List<Value> items) {
        this(items, List.of());
    }

    static TupleValue of(Value... items) {
        return new TupleValue(List.of(items));
    }

    @Override
    public String typeName() {
        return "tuple";
    }
}
