package dev.lockstep.template;

/**
 * What stands for something that there is not. It prints as nothing and is false; most else that is done with it fails
 * with its complaint.
 */
record Undefined(String complaint) implements Value {
    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Value of, String name) {
        return new Undefined(
                of == NoneValue.NONE
                        ? "'None' has no attribute '" + name + "'"
                        : "'" + of.typeName() + " object' has no attribute '" + name + "'");
    }

    static Undefined element(Value of, String key) {
        return new Undefined(of.typeName() + " object has no element " + key);
    }

    /** What a sandbox does not give away; only using it fails. */
    static Undefined forbidden(Value of, String name) {
        return new Undefined("access to attribute '" + name + "' of '" + of.typeName() + "' object is unsafe");
    }

    ChatTemplateException used() {
        return ChatTemplateException.failed(complaint);
    }

    @Override
    public String typeName() {
        return "Undefined";
    }
}
