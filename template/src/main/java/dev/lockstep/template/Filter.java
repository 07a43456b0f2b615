package dev.lockstep.template;

/** What {@code value|name(arguments)} does. */
interface Filter {
    Value apply(Value input, Arguments arguments, Evaluation evaluation);
}
