package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/** What {@code keys()}, {@code values()} and {@code items()} of a dict give: it can be gone through, not indexed. */
record DictView(DictValue dict, Part part) implements Value {
    enum Part {
        KEYS,
        VALUES,
        ITEMS
    }

    List<Value> items() {
        List<Value> items = new ArrayList<>(dict.size());
        for (DictValue.Entry entry : dict.entries()) {
            items.add(
                    switch (part) {
                        case KEYS -> entry.key();
                        case VALUES -> entry.value();
                        case ITEMS -> entry.pair();
                    });
        }
        return items;
    }

    @Override
    public String typeName() {
        return "dict_" + part.name().toLowerCase(java.util.Locale.ROOT);
    }
}
