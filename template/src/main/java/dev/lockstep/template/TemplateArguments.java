package dev.lockstep.template;

import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a template is given: variables, and the time. Immutable.
 *
 * <p>Values are those of JSON: {@link Map} with strings for keys, {@link java.util.List}, {@link String}, {@link Long}
 * and {@link Integer}, {@link Double}, {@link Boolean} and null. <b>Data</b> are what a conversation brings along:
 * messages, tools, documents. <b>Trusted</b> are what comes with the model, such as the texts of its control tokens; a
 * trusted text counts as a part of the template. A name has one value: the one given last.
 */
public final class TemplateArguments {
    private record Variable(Object value, Origin origin) {}

    private final Map<String, Variable> variables;
    private final Optional<LocalDateTime> now;

    private TemplateArguments(Map<String, Variable> variables, Optional<LocalDateTime> now) {
        this.variables = variables;
        this.now = now;
    }

    /** No variables, and the time of the system's clock. */
    public static TemplateArguments none() {
        return new TemplateArguments(Map.of(), Optional.empty());
    }

    /** Variables that come from a conversation. */
    public static TemplateArguments ofData(Map<String, ?> data) {
        TemplateArguments arguments = none();
        return arguments.withAll(data, Origin.DATA);
    }

    /** These, and one that comes from a conversation. */
    public TemplateArguments withData(String name, Object value) {
        return withAll(Collections.singletonMap(name, value), Origin.DATA);
    }

    /** These, and one that is as good as the template itself. */
    public TemplateArguments withTrusted(String name, Object value) {
        return withAll(Collections.singletonMap(name, value), Origin.TEMPLATE);
    }

    /** These, and a time for {@code strftime_now}. */
    public TemplateArguments withNow(LocalDateTime time) {
        return new TemplateArguments(variables, Optional.of(time));
    }

    private TemplateArguments withAll(Map<String, ?> more, Origin origin) {
        Map<String, Variable> all = new LinkedHashMap<>(variables);
        more.forEach((name, value) -> all.put(name, new Variable(value, origin)));
        return new TemplateArguments(all, now);
    }

    LocalDateTime now() {
        return now.orElseGet(LocalDateTime::now);
    }

    /** All variables as values of the language. */
    Map<String, Value> values(Meter meter) {
        Map<String, Value> values = new LinkedHashMap<>();
        variables.forEach((name, variable) ->
                values.put(name, new ArgumentReader(meter, name, variable.origin()).read(variable.value())));
        return values;
    }
}
