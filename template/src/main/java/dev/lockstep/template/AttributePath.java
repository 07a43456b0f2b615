package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/** The attribute that a filter is told to look at, such as {@code "function.name"} or {@code 0}. */
record AttributePath(List<Value> parts) {
    /** The path; null if there is none. */
    static AttributePath orNull(Value attribute) {
        return attribute == null || attribute == NoneValue.NONE ? null : of(attribute);
    }

    /** A path; its parts are split at dots, those of digits are positions. */
    static AttributePath of(Value attribute) {
        if (!(attribute instanceof Text text)) {
            return new AttributePath(List.of(attribute));
        }
        List<Value> parts = new ArrayList<>();
        for (String part : text.string().split("\\.", -1)) {
            parts.add(part.matches("\\d{1,9}") ? new IntValue(Integer.parseInt(part)) : Text.of(part));
        }
        return new AttributePath(parts);
    }

    /** Several paths, with commas between them. */
    static List<AttributePath> several(Value attribute) {
        if (!(attribute instanceof Text text)) {
            return attribute == null || attribute == NoneValue.NONE
                    ? List.of(new AttributePath(List.of()))
                    : List.of(of(attribute));
        }
        List<AttributePath> paths = new ArrayList<>();
        for (String path : text.string().split(",", -1)) {
            paths.add(of(Text.of(path)));
        }
        return paths;
    }

    Value get(Value item, Evaluation evaluation) {
        return get(item, null, evaluation);
    }

    /** What the path leads to; what is undefined on the way becomes {@code otherwise}, unless that is null. */
    Value get(Value item, Value otherwise, Evaluation evaluation) {
        Value value = item;
        for (Value part : parts) {
            evaluation.meter().step(1);
            value = Attributes.item(value, part, evaluation);
            value = value instanceof Undefined && otherwise != null ? otherwise : value;
        }
        return value;
    }
}
