package dev.lockstep.template;

import java.util.ArrayList;
import java.util.List;

/**
 * Filters and tests in a source that there are not.
 *
 * <p>One that stands in an {@code if} is an error only when it is reached, so that a template can ask what there is; any
 * other makes the whole template invalid. A block with variables of its own, such as a loop, is not part of the
 * {@code if} around it.
 */
final class UnknownNames {
    private record Unknown(Token at, String kind, String name, boolean unforgivable) {}

    private final List<Unknown> names = new ArrayList<>();

    void add(Token at, String kind, String name) {
        names.add(new Unknown(at, kind, name, false));
    }

    /** A place in the source, to be given to the other methods. */
    int mark() {
        return names.size();
    }

    /** What was added since the mark stands in an {@code if}. */
    void forgive(int mark) {
        List<Unknown> since = names.subList(mark, names.size());
        since.removeIf(unknown -> !unknown.unforgivable());
    }

    /** What was added since the mark stands in a block with variables of its own. */
    void fix(int mark) {
        names.subList(mark, names.size())
                .replaceAll(unknown -> new Unknown(unknown.at(), unknown.kind(), unknown.name(), true));
    }

    /** Refuses the template if any is left. */
    void check() {
        if (!names.isEmpty()) {
            Unknown first = names.getFirst();
            throw ChatTemplateException.syntax(
                    first.at().line(), "there is no " + first.kind() + " named " + Abbreviated.of(first.name()));
        }
    }
}
