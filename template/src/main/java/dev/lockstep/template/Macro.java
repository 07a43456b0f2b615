package dev.lockstep.template;

import dev.lockstep.template.Statement.Signature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro, or the block of a {@code {% call %}}; it sees the variables of where it is defined. */
final class Macro implements Callable {
    private final String name;
    private final Signature signature;
    private final List<Statement> body;
    private final Scope definition;

    Macro(String name, Signature signature, List<Statement> body, Scope definition) {
        this.name = name;
        this.signature = signature;
        this.body = body;
        this.definition = definition;
    }

    @Override
    public Value call(Evaluation evaluation, Arguments arguments) {
        Map<String, Value> named = new LinkedHashMap<>(arguments.named());
        List<Value> positional = arguments.positional();
        List<String> parameters = signature.parameters();
        Scope scope = new Scope(definition);
        Value[] given = new Value[parameters.size()];
        for (int i = 0; i < given.length; i++) {
            given[i] = i < positional.size() ? positional.get(i) : named.remove(parameters.get(i));
        }
        if (signature.usesCaller()) {
            Value caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("no caller is defined") : caller);
        }
        extras(named, positional, scope, evaluation);
        for (int i = 0; i < given.length; i++) {
            scope.set(parameters.get(i), given[i] != null ? given[i] : defaultOf(i, scope, evaluation));
        }
        return evaluation.statements().text(body, scope);
    }

    private Value defaultOf(int parameter, Scope scope, Evaluation evaluation) {
        Expression written = signature.defaultOf(parameter);
        return written == null
                ? new Undefined("the parameter '" + signature.parameters().get(parameter) + "' was not given")
                : evaluation.expressions().evaluate(written, scope);
    }

    /** What no parameter takes. */
    private void extras(Map<String, Value> named, List<Value> positional, Scope scope, Evaluation evaluation) {
        int parameters = signature.parameters().size();
        if (signature.usesKwargs()) {
            evaluation.meter().elements(named.size());
            DictValue kwargs = new DictValue();
            named.forEach((key, value) -> kwargs.put(Text.of(key), value));
            scope.set("kwargs", kwargs);
        } else if (!named.isEmpty()) {
            throw ChatTemplateException.failed("the macro '" + name + "' takes no keyword argument '"
                    + named.keySet().iterator().next() + "'");
        }
        List<Value> rest = positional.subList(Math.min(parameters, positional.size()), positional.size());
        if (signature.usesVarargs()) {
            evaluation.meter().elements(rest.size());
            scope.set("varargs", new TupleValue(new ArrayList<>(rest)));
        } else if (!rest.isEmpty()) {
            throw ChatTemplateException.failed("the macro '" + name + "' takes not more than " + parameters
                    + " arguments, but was given " + positional.size());
        }
    }

    @Override
    public Value attribute(String attribute) {
        return switch (attribute) {
            case "name" -> Text.of(name);
            case "arguments" ->
                new TupleValue(
                        signature.parameters().stream().<Value>map(Text::of).toList());
            case "caller" -> BoolValue.of(signature.usesCaller());
            case "catch_kwargs" -> BoolValue.of(signature.usesKwargs());
            case "catch_varargs" -> BoolValue.of(signature.usesVarargs());
            default -> null;
        };
    }

    @Override
    public String typeName() {
        return "Macro";
    }
}
