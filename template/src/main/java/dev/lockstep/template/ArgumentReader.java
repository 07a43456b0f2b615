package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes values of the language from those of JSON. */
final class ArgumentReader {
    private final Meter meter;
    private final String name;
    private final Origin origin;

    /** A reader for the argument {@code name}, whose texts all have one origin. */
    ArgumentReader(Meter meter, String name, Origin origin) {
        this.meter = meter;
        this.name = name;
        this.origin = origin;
    }

    Value read(Object value) {
        meter.enter();
        Value read = switch (value) {
            case null -> NoneValue.NONE;
            case Boolean truth -> BoolValue.of(truth);
            case Long number -> new IntValue(number);
            case Integer number -> new IntValue(number);
            case Double number -> new FloatValue(number);
            case Float number -> new FloatValue(number);
            case String string -> text(string);
            case List<?> list -> list(list);
            case Map<?, ?> map -> dict(map);
            default ->
                throw ChatTemplateException.failed("the argument '" + name + "' holds "
                        + (value instanceof Number
                                ? "the number " + value
                                : "a " + value.getClass().getSimpleName())
                        + ", which is not a value of JSON with 64 bits");
        };
        meter.leave();
        return read;
    }

    private Text text(String string) {
        return meter.made(origin == Origin.DATA ? Text.data(string) : Text.of(string));
    }

    private Value list(List<?> list) {
        meter.elements(list.size());
        List<Value> items = new ArrayList<>(list.size());
        for (Object item : list) {
            items.add(read(item));
        }
        return new ListValue(items);
    }

    private Value dict(Map<?, ?> map) {
        meter.elements(map.size());
        DictValue dict = new DictValue();
        map.forEach((key, item) -> dict.put(text(String.valueOf(key)), read(item)));
        return dict;
    }
}
