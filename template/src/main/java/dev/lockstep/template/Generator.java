package dev.lockstep.template;

import java.util.Iterator;

/** What is gone through once: the result of filters such as {@code map}, made while it is gone through. */
final class Generator implements Value {
    private final Iterator<Value> items;

    Generator(Iterator<Value> items) {
        this.items = items;
    }

    Iterator<Value> items() {
        return items;
    }

    @Override
    public String typeName() {
        return "generator";
    }
}
