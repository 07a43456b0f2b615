package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/** Which values can be keys of a dict, and which of them are one key. */
final class Hashing {
    private static final int DEPTH_MAX = 50;
    private static final int ITEMS_MAX = 10_000;

    private Hashing() {}

    /**
     * A value whose {@code equals} is Python's equality of the key.
     *
     * @throws ChatTemplateException if it cannot be a key
     */
    static Value representative(Value key) {
        return representative(key, 0, new int[1]);
    }

    static boolean isHashable(Value key) {
        return isHashable(key, new int[1]);
    }

    private static boolean isHashable(Value key, int[] visited) {
        visit(visited);
        return switch (key) {
            case ListValue _, DictValue _, DictView _ -> false;
            case TupleValue tuple -> tuple.items().stream().allMatch(item -> isHashable(item, visited));
            default -> true;
        };
    }

    /** A tuple can hold itself twice over many times; without a limit its items were never at an end. */
    private static void visit(int[] visited) {
        if (++visited[0] > ITEMS_MAX) {
            throw ChatTemplateException.limit("a key has more than the limit of " + ITEMS_MAX + " items");
        }
    }

    private static Value representative(Value key, int depth, int[] visited) {
        visit(visited);
        if (depth > DEPTH_MAX) {
            throw ChatTemplateException.limit("a key is nested deeper than the limit of " + DEPTH_MAX + " tuples");
        }
        return switch (key) {
            case BoolValue truth -> new IntValue(truth == BoolValue.TRUE ? 1 : 0);
            case FloatValue number when number.value() == (long) number.value() -> new IntValue((long) number.value());
            case TupleValue tuple -> {
                List<Value> items = new ArrayList<>(tuple.items().size());
                for (Value item : tuple.items()) {
                    items.add(representative(item, depth + 1, visited));
                }
                yield new TupleValue(items);
            }
            case Undefined _ -> new Undefined("");
            case ListValue _, DictValue _, DictView _ ->
                throw ChatTemplateException.failed("unhashable type: '" + key.typeName() + "'");
            default -> key;
        };
    }
}
