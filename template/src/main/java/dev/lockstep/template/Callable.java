package dev.lockstep.template;

/** What can be called: functions, methods, macros, and the variable {@code loop} of recursive loops. */
non-sealed interface Callable extends Value {
    Value call(Evaluation evaluation, Arguments arguments);

    /** The attribute, or null. */
    default Value attribute(String name) {
        return null;
    }

    @Override
    default String typeName() {
        return "function";
    }
}
