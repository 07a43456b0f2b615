package dev.lockstep.template;

import java.util.List;
import java.util.Set;

/**
 * {@code object.name} and {@code object[key]}, as Jinja's sandbox gives them: the first looks for an attribute, then for
 * an item, the second the other way round. What would change a list or a mapping, and what begins with an underscore, is
 * there but cannot be used.
 */
final class Attributes {
    private static final Set<String> LIST_CHANGES =
            Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
    private static final Set<String> DICT_CHANGES = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private Attributes() {}

    static Value attribute(Value object, String name, Evaluation evaluation) {
        Value attribute = ownAttribute(object, name);
        if (attribute != null) {
            return attribute;
        }
        Value item = object instanceof DictValue dict ? dict.get(name) : null;
        return item == null ? Undefined.attribute(object, name) : item;
    }

    static Value item(Value object, Value key, Evaluation evaluation) {
        Value item = ownItem(object, key, evaluation);
        if (item != null) {
            return item;
        }
        if (key instanceof Text name) {
            Value attribute = ownAttribute(object, name.string());
            return attribute == null ? Undefined.attribute(object, name.string()) : attribute;
        }
        return Undefined.element(object, Abbreviated.of(evaluation.str(key).string()));
    }

    /** What Python's {@code getattr} gives, or null. */
    static Value ownAttribute(Value object, String name) {
        if (object instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (name.startsWith("__") && name.endsWith("__")) {
            return Undefined.forbidden(object, name);
        }
        return switch (object) {
            case Text text -> TextMethods.of(text, name);
            case ListValue list ->
                LIST_CHANGES.contains(name) ? Undefined.forbidden(object, name) : SequenceMethods.of(list, name);
            case TupleValue tuple -> tuple(tuple, name);
            case DictValue dict ->
                DICT_CHANGES.contains(name) ? Undefined.forbidden(object, name) : DictMethods.of(dict, name);
            case RangeValue range -> range(range, name);
            case Namespace namespace -> namespace.get(name);
            case Callable callable -> callable.attribute(name);
            case IntValue _, BoolValue _, FloatValue _ -> number(object, name);
            case NoneValue _, DictView _, Generator _, Undefined _ -> null;
        };
    }

    private static Value tuple(TupleValue tuple, String name) {
        int field = tuple.fields().indexOf(name);
        return field >= 0 ? tuple.items().get(field) : SequenceMethods.of(tuple, name);
    }

    private static Value range(RangeValue range, String name) {
        return switch (name) {
            case "start" -> new IntValue(range.start());
            case "stop" -> new IntValue(range.stop());
            case "step" -> new IntValue(range.step());
            default -> SequenceMethods.of(range, name);
        };
    }

    private static Value number(Value number, String name) {
        boolean integer = Numbers.isInteger(number);
        return switch (name) {
            case "real" -> integer ? new IntValue(Numbers.integer(number, "")) : number;
            case "imag" -> integer ? new IntValue(0) : new FloatValue(0);
            case "numerator" -> integer ? new IntValue(Numbers.integer(number, "")) : null;
            case "denominator" -> integer ? new IntValue(1) : null;
            case "bit_length" ->
                integer
                        ? new Builtin(
                                name,
                                (_, _) -> new IntValue(
                                        64 - Long.numberOfLeadingZeros(Math.abs(Numbers.integer(number, "")))))
                        : null;
            case "is_integer" ->
                integer
                        ? null
                        : new Builtin(name, (_, _) -> {
                            double value = Numbers.real(number, "");
                            return BoolValue.of(value == Math.rint(value) && !Double.isInfinite(value));
                        });
            default -> null;
        };
    }

    /** What Python's subscript gives, or null. */
    private static Value ownItem(Value object, Value key, Evaluation evaluation) {
        return switch (object) {
            case Undefined undefined -> throw undefined.used();
            case DictValue dict -> Hashing.isHashable(key) ? dict.get(key) : null;
            case ListValue list -> at(list.items(), key);
            case TupleValue tuple -> at(tuple.items(), key);
            case RangeValue range -> at(range.items(), key);
            case Text text when Numbers.isInteger(key) -> character(text, Numbers.integer(key, ""), evaluation.meter());
            default -> null;
        };
    }

    private static Value at(List<Value> items, Value key) {
        if (!Numbers.isInteger(key)) {
            return null;
        }
        long index = Numbers.integer(key, "");
        long at = index < 0 ? index + items.size() : index;
        return at < 0 || at >= items.size() ? null : items.get((int) at);
    }

    private static Value character(Text text, long index, Meter meter) {
        meter.scan(text.length());
        int length = text.codePoints();
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return null;
        }
        int offset = text.offset((int) at);
        return text.slice(offset, offset + Character.charCount(text.string().codePointAt(offset)));
    }
}
