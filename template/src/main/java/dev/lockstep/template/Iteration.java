package dev.lockstep.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** What can be gone through, how long it is, and whether it counts as true. */
final class Iteration {
    private Iteration() {}

    /** The items in order; null if the value has none. */
    private static Iterator<Value> orNull(Value value, Evaluation evaluation) {
        return switch (value) {
            case ListValue list -> list.items().iterator();
            case TupleValue tuple -> tuple.items().iterator();
            case DictValue dict -> dict.keys().iterator();
            case DictView view -> view.items().iterator();
            case RangeValue range -> range.items().iterator();
            case Text text -> new Characters(text);
            case Generator generator -> generator.items();
            case Undefined _ -> List.<Value>of().iterator();
            case LoopVariable loop -> loop.rest(evaluation);
            default -> null;
        };
    }

    static boolean isIterable(Value value) {
        return switch (value) {
            case ListValue _,
                    TupleValue _,
                    DictValue _,
                    DictView _,
                    RangeValue _,
                    Text _,
                    Generator _,
                    Undefined _,
                    LoopVariable _ -> true;
            default -> false;
        };
    }

    /** The items in order. */
    static Iterator<Value> of(Value value, Evaluation evaluation) {
        Iterator<Value> items = orNull(value, evaluation);
        if (items == null) {
            throw ChatTemplateException.failed("'" + value.typeName() + "' object is not iterable");
        }
        return items;
    }

    /** The items as a list; each is counted. */
    static List<Value> list(Value value, Evaluation evaluation) {
        int known = length(value);
        if (known >= 0) {
            evaluation.meter().elements(known);
        }
        List<Value> list = new ArrayList<>(Math.max(known, 0));
        Iterator<Value> items = of(value, evaluation);
        while (items.hasNext()) {
            if (known < 0) {
                evaluation.meter().elements(1);
            }
            list.add(items.next());
        }
        return list;
    }

    /** How many items there are, or -1 if that is not known or the value has none. */
    static int length(Value value) {
        return switch (value) {
            case Text text -> text.codePoints();
            case ListValue list -> list.items().size();
            case TupleValue tuple -> tuple.items().size();
            case DictValue dict -> dict.size();
            case DictView view -> view.dict().size();
            case RangeValue range -> range.length();
            case Undefined _ -> 0;
            case LoopVariable loop -> loop.length();
            default -> -1;
        };
    }

    static boolean isTrue(Value value) {
        return switch (value) {
            case NoneValue _, Undefined _ -> false;
            case BoolValue truth -> truth == BoolValue.TRUE;
            case IntValue number -> number.value() != 0;
            case FloatValue number -> number.value() != 0;
            case Text text -> !text.isEmpty();
            case ListValue _, TupleValue _, DictValue _, DictView _, RangeValue _ -> length(value) > 0;
            case Generator _, Namespace _, Callable _ -> true;
        };
    }

    /** A text's characters, each a text. */
    private static final class Characters implements Iterator<Value> {
        private final Text text;
        private int at;

        Characters(Text text) {
            this.text = text;
        }

        @Override
        public boolean hasNext() {
            return at < text.length();
        }

        @Override
        public Value next() {
            int from = at;
            at += Character.charCount(text.string().codePointAt(at));
            return text.slice(from, at);
        }
    }
}
