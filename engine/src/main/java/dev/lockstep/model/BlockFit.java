package dev.lockstep.model;

import dev.lockstep.tensor.ElementType;
import java.util.Optional;

/** Which type a matrix gets whose rows may not be whole blocks of the wanted one. */
final class BlockFit {
    /** What stands in for types of large blocks: blocks of 32, and more exact than any of them. */
    static final ElementType FALLBACK = ElementType.Q8_0;

    private BlockFit() {}

    /**
     * The wanted type if rows of {@code columns} weights are whole blocks of it; {@link #FALLBACK} if they are whole
     * blocks of that and the wanted type's are larger; else none.
     */
    static Optional<ElementType> of(ElementType wanted, long columns) {
        if (columns % wanted.blockSize() == 0) {
            return Optional.of(wanted);
        }
        boolean larger = wanted.blockSize() > FALLBACK.blockSize();
        return larger && columns % FALLBACK.blockSize() == 0 ? Optional.of(FALLBACK) : Optional.empty();
    }
}
