package dev.lockstep.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Python's {@code dict}, in the order of insertion. Templates cannot change one; {@link #put} is for who makes it.
 *
 * <p>Keys that are equal in Python, such as {@code 1}, {@code 1.0} and {@code True}, are one key: {@link Hashing} maps
 * them to one representative, under which the entry is kept. The key that came first stays.
 */
final class DictValue implements Value {
    record Entry(Value key, Value value) {
        TupleValue pair() {
            return TupleValue.of(key, value);
        }
    }

    private final Map<Value, Entry> entries = new LinkedHashMap<>();

    @Override
    public String typeName() {
        return "dict";
    }

    /** @throws ChatTemplateException if the key is a list or a dict */
    void put(Value key, Value value) {
        Value representative = Hashing.representative(key);
        Entry old = entries.get(representative);
        entries.put(representative, new Entry(old == null ? key : old.key(), value));
    }

    /** The value, or null. */
    Value get(Value key) {
        Entry entry = entries.get(Hashing.representative(key));
        return entry == null ? null : entry.value();
    }

    /** The value for a text, or null. */
    Value get(String key) {
        return get(Text.of(key));
    }

    int size() {
        return entries.size();
    }

    Iterable<Entry> entries() {
        return entries.values();
    }

    List<Value> keys() {
        List<Value> keys = new ArrayList<>(entries.size());
        entries.values().forEach(entry -> keys.add(entry.key()));
        return keys;
    }
}
