package dev.lockstep.template;

import java.util.Iterator;
import java.util.List;

/** Equality, order and membership, as Python has them. */
final class Comparison {
    private Comparison() {}

    static boolean equal(Value one, Value two, Meter meter) {
        if (isNumber(one) && isNumber(two)) {
            return Numbers.compare(one, two) == 0;
        }
        meter.enter();
        boolean equal = switch (one) {
            case Text text -> {
                meter.scan(text.length());
                yield two instanceof Text other && text.equals(other);
            }
            case ListValue list -> two instanceof ListValue other && equal(list.items(), other.items(), meter);
            case TupleValue tuple -> two instanceof TupleValue other && equal(tuple.items(), other.items(), meter);
            case DictValue dict -> two instanceof DictValue other && equal(dict, other, meter);
            case RangeValue range -> two instanceof RangeValue other && equal(range.items(), other.items(), meter);
            case DictView view -> two instanceof DictView other && equal(view, other, meter);
            case Undefined _ -> two instanceof Undefined;
            default -> one == two;
        };
        meter.leave();
        return equal;
    }

    private static boolean isNumber(Value value) {
        return value instanceof IntValue || value instanceof FloatValue || value instanceof BoolValue;
    }

    private static boolean equal(List<Value> one, List<Value> two, Meter meter) {
        if (one.size() != two.size()) {
            return false;
        }
        Iterator<Value> others = two.iterator();
        for (Value item : one) {
            if (!same(item, others.next(), meter)) {
                return false;
            }
        }
        return true;
    }

    private static boolean equal(DictValue one, DictValue two, Meter meter) {
        if (one.size() != two.size()) {
            return false;
        }
        for (DictValue.Entry entry : one.entries()) {
            Value other = two.get(entry.key());
            if (other == null || !same(entry.value(), other, meter)) {
                return false;
            }
        }
        return true;
    }

    /** Views of keys and of items are sets; a view of values equals itself alone. */
    private static boolean equal(DictView one, DictView two, Meter meter) {
        if (one.part() != two.part()
                || one.part() == DictView.Part.VALUES
                || one.dict().size() != two.dict().size()) {
            return one == two;
        }
        if (one.part() == DictView.Part.ITEMS) {
            return equal(one.dict(), two.dict(), meter);
        }
        meter.step(one.dict().size());
        return one.dict().keys().stream().allMatch(key -> two.dict().get(key) != null);
    }

    /** How containers compare their items: one and the same is equal, even if it is not a number. */
    private static boolean same(Value one, Value two, Meter meter) {
        return one == two || equal(one, two, meter);
    }

    /**
     * Negative, zero or positive.
     *
     * @throws ChatTemplateException if the two have no order
     */
    static int order(Value one, Value two, Meter meter) {
        if (isNumber(one) && isNumber(two)) {
            meter.step(1);
            return Numbers.compare(one, two);
        }
        if (one instanceof Text text && two instanceof Text other) {
            meter.scan(Math.min(text.length(), other.length()));
            return text.compareTo(other);
        }
        if (one instanceof ListValue list && two instanceof ListValue other) {
            return order(list.items(), other.items(), meter);
        }
        if (one instanceof TupleValue tuple && two instanceof TupleValue other) {
            return order(tuple.items(), other.items(), meter);
        }
        for (Value value : List.of(one, two)) {
            if (value instanceof Undefined undefined) {
                throw undefined.used();
            }
        }
        throw ChatTemplateException.failed(
                "'<' is not supported between instances of '" + one.typeName() + "' and '" + two.typeName() + "'");
    }

    private static int order(List<Value> one, List<Value> two, Meter meter) {
        meter.enter();
        int order = Integer.compare(one.size(), two.size());
        for (int i = 0; i < Math.min(one.size(), two.size()); i++) {
            if (!same(one.get(i), two.get(i), meter)) {
                order = order(one.get(i), two.get(i), meter);
                break;
            }
        }
        meter.leave();
        return order;
    }

    /** Whether the order of two values is one of these; nothing is in order with what is not a number. */
    static boolean ordered(Value one, BinaryOrder operator, Value two, Meter meter) {
        boolean nan = one instanceof FloatValue(double a) && Double.isNaN(a) && isNumber(two)
                || two instanceof FloatValue(double b) && Double.isNaN(b) && isNumber(one);
        return !nan && operator.holds(order(one, two, meter));
    }

    /** The operators that ask for an order. */
    enum BinaryOrder {
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL;

        boolean holds(int order) {
            return switch (this) {
                case LESS -> order < 0;
                case LESS_OR_EQUAL -> order <= 0;
                case GREATER -> order > 0;
                case GREATER_OR_EQUAL -> order >= 0;
            };
        }
    }

    /** As {@code item in container}. */
    static boolean contains(Value container, Value item, Evaluation evaluation) {
        Meter meter = evaluation.meter();
        if (container instanceof Text text) {
            if (!(item instanceof Text part)) {
                throw ChatTemplateException.failed(
                        "'in <string>' requires string as left operand, not " + item.typeName());
            }
            return TextSearch.indexOf(text.string(), part.string(), 0, meter) >= 0;
        }
        if (container instanceof DictValue dict) {
            return dict.get(item) != null;
        }
        if (container instanceof DictView view && view.part() == DictView.Part.KEYS) {
            return view.dict().get(item) != null;
        }
        Iterator<Value> items = Iteration.of(container, evaluation);
        while (items.hasNext()) {
            meter.step(1);
            if (same(items.next(), item, meter)) {
                return true;
            }
        }
        return false;
    }
}
