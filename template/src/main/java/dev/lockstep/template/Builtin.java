package dev.lockstep.template;

/** A function or method that the language brings along. */
record Builtin(String name, Body body) implements Callable {
    /** What it does. */
    interface Body {
        Value call(Evaluation evaluation, Arguments arguments);
    }

    @Override
    public Value call(Evaluation evaluation, Arguments arguments) {
        return body.call(evaluation, arguments);
    }

    @Override
    public String typeName() {
        return "builtin_function_or_method";
    }
}
