package dev.lockstep.template;

/** Python's {@code None}. */
enum NoneValue implements Value {
    NONE;

    @Override
    public String typeName() {
        return "NoneType";
    }
}
