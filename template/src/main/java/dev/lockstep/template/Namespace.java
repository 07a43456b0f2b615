package dev.lockstep.template;

import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code namespace()} makes: the one thing whose attributes a template can set. */
final class Namespace implements Value {
    private final Map<String, Value> attributes = new LinkedHashMap<>();

    /** The attribute, or null. */
    Value get(String name) {
        return attributes.get(name);
    }

    void set(String name, Value value) {
        attributes.put(name, value);
    }

    @Override
    public String typeName() {
        return "Namespace";
    }
}
