package dev.lockstep.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Filters that put items in order, group them, and find the least and the greatest. */
final class OrderFilters {
    static final Map<String, Filter> ALL = Map.of(
            "sort", OrderFilters::sort,
            "dictsort", OrderFilters::dictSort,
            "unique", OrderFilters::unique,
            "groupby", OrderFilters::groupBy,
            "min", (input, arguments, e) -> extreme("min", -1, input, arguments, e),
            "max", (input, arguments, e) -> extreme("max", 1, input, arguments, e));

    private record Keyed(Value key, Value item) {}

    private OrderFilters() {}

    private static boolean isTrue(Value flag) {
        return flag != null && Iteration.isTrue(flag);
    }

    /** Texts that differ in case alone are one, unless case counts. */
    private static Value folded(Value key, boolean caseSensitive) {
        return key instanceof Text text && !caseSensitive
                ? text.mapped(text.string().toLowerCase(Locale.ROOT))
                : key;
    }

    private static List<Keyed> sorted(List<Keyed> items, boolean descending, Meter meter) {
        Keyed[] sorted = items.toArray(new Keyed[0]);
        Comparator<Keyed> order = (one, two) -> Comparison.order(one.key(), two.key(), meter);
        try {
            Arrays.sort(sorted, descending ? order.reversed() : order);
        } catch (IllegalArgumentException e) {
            throw ChatTemplateException.failed("items that are not numbers have no order");
        }
        return List.of(sorted);
    }

    private static List<Value> items(List<Keyed> keyed) {
        List<Value> items = new ArrayList<>(keyed.size());
        keyed.forEach(one -> items.add(one.item()));
        return items;
    }

    private static Value sort(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'sort'", 0, "reverse", "case_sensitive", "attribute");
        List<AttributePath> paths = AttributePath.several(bound[2]);
        List<Keyed> keyed = new ArrayList<>();
        for (Value item : Iteration.list(input, evaluation)) {
            List<Value> keys = new ArrayList<>();
            paths.forEach(path -> keys.add(folded(path.get(item, evaluation), isTrue(bound[1]))));
            keyed.add(new Keyed(new ListValue(keys), item));
        }
        return new ListValue(items(sorted(keyed, isTrue(bound[0]), evaluation.meter())));
    }

    private static Value dictSort(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'dictsort'", 0, "case_sensitive", "by", "reverse");
        String by = bound[1] == null ? "key" : evaluation.str(bound[1]).string();
        if (!by.equals("key") && !by.equals("value")) {
            throw ChatTemplateException.failed("'dictsort' sorts by key or value, not by " + Abbreviated.of(by));
        }
        if (!(input instanceof DictValue dict)) {
            throw input instanceof Undefined undefined
                    ? undefined.used()
                    : ChatTemplateException.failed("'dictsort' needs a mapping, not a '" + input.typeName() + "'");
        }
        evaluation.meter().elements(dict.size());
        List<Keyed> keyed = new ArrayList<>();
        for (DictValue.Entry entry : dict.entries()) {
            Value key = by.equals("key") ? entry.key() : entry.value();
            keyed.add(new Keyed(folded(key, isTrue(bound[0])), entry.pair()));
        }
        return new ListValue(items(sorted(keyed, isTrue(bound[2]), evaluation.meter())));
    }

    private static Value unique(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'unique'", 0, "case_sensitive", "attribute");
        AttributePath path = AttributePath.orNull(bound[1]);
        return new Generator(new SequenceFilters.Later(evaluation.meter(), () -> {
            Set<Value> seen = new HashSet<>();
            List<Value> unique = new ArrayList<>();
            for (Value item : Iteration.list(input, evaluation)) {
                Value key = path == null ? item : path.get(item, evaluation);
                if (seen.add(Hashing.representative(folded(key, isTrue(bound[0]))))) {
                    unique.add(item);
                }
            }
            return unique.iterator();
        }));
    }

    private static Value groupBy(Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter 'groupby'", 1, "attribute", "default", "case_sensitive");
        AttributePath path = AttributePath.of(bound[0]);
        Value otherwise = bound[1] == NoneValue.NONE ? null : bound[1];
        List<Keyed> keyed = new ArrayList<>();
        for (Value item : Iteration.list(input, evaluation)) {
            keyed.add(new Keyed(folded(path.get(item, otherwise, evaluation), isTrue(bound[2])), item));
        }
        List<Value> groups = new ArrayList<>();
        List<Value> group = List.of();
        Value key = null;
        for (Keyed one : sorted(keyed, false, evaluation.meter())) {
            if (key == null || !Comparison.equal(key, one.key(), evaluation.meter())) {
                key = one.key();
                group = new ArrayList<>();
                Value shown = path.get(one.item(), otherwise, evaluation);
                groups.add(new TupleValue(List.of(shown, new ListValue(group)), List.of("grouper", "list")));
            }
            group.add(one.item());
        }
        return new ListValue(groups);
    }

    private static Value extreme(String name, int sign, Value input, Arguments arguments, Evaluation evaluation) {
        Value[] bound = arguments.bind("the filter '" + name + "'", 0, "case_sensitive", "attribute");
        AttributePath path = AttributePath.orNull(bound[1]);
        Keyed best = null;
        Iterator<Value> items = Iteration.of(input, evaluation);
        while (items.hasNext()) {
            Value item = items.next();
            Value key = folded(path == null ? item : path.get(item, evaluation), isTrue(bound[0]));
            if (best == null || sign * Comparison.order(key, best.key(), evaluation.meter()) > 0) {
                best = new Keyed(key, item);
            }
        }
        return best == null ? new Undefined("no aggregated item, sequence was empty") : best.item();
    }
}
