package dev.lockstep.template;

/** Python's {@code float}. */
record FloatValue(double value) implements Value {
    @Override
    public String typeName() {
        return "float";
    }
}
