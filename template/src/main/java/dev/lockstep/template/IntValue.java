package dev.lockstep.template;

/** An integer; unlike Python's it has 64 bits, and arithmetic that needs more fails. */
record IntValue(long value) implements Value {
    @Override
    public String typeName() {
        return "int";
    }
}
