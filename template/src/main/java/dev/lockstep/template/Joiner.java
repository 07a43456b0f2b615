package dev.lockstep.template;

/** What {@code joiner()} makes: nothing when it is called first, then always the separator. */
final class Joiner implements Callable {
    private final Value separator;
    private boolean used;

    Joiner(Arguments arguments) {
        Value given = arguments.bind("joiner()", 0, "sep")[0];
        separator = given == null ? Text.of(", ") : given;
    }

    @Override
    public Value call(Evaluation evaluation, Arguments arguments) {
        Value value = used ? separator : Text.EMPTY;
        used = true;
        return value;
    }

    @Override
    public Value attribute(String name) {
        return switch (name) {
            case "sep" -> separator;
            case "used" -> BoolValue.of(used);
            default -> null;
        };
    }

    @Override
    public String typeName() {
        return "Joiner";
    }
}
