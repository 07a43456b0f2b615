package dev.lockstep.template;

/** Python's {@code True} and {@code False}; in arithmetic they are 1 and 0. */
enum BoolValue implements Value {
    TRUE,
    FALSE;

    static BoolValue of(boolean value) {
        return value ? TRUE : FALSE;
    }

    @Override
    public String typeName() {
        return "bool";
    }
}
