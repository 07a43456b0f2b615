package dev.lockstep.train.tokenizer;

import dev.lockstep.text.BytePairRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of the symbols as they are learnt; keeps text from getting a token whose piece is a control token's, or is
 * known to steer models.
 */
final class SymbolSpelling {
    private final List<byte[]> symbols = new ArrayList<>();

    SymbolSpelling() {
        for (int value = 0; value < TrainedVocabulary.BYTES; value++) {
            symbols.add(new byte[] {(byte) value});
        }
    }

    /** Whether the pair may become the next symbol; if so, it does. */
    boolean accepts(long pair) {
        byte[] left = symbols.get(PairTable.left(pair));
        byte[] right = symbols.get(PairTable.right(pair));
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        String piece = BytePairRules.piece(both);
        boolean control = Arrays.stream(ControlToken.values())
                .anyMatch(token -> token.piece().equals(piece));
        if (control || BytePairRules.isReserved(piece)) {
            return false;
        }
        symbols.add(both);
        return true;
    }

    /** The bytes of all symbols, in the order of their ids. */
    byte[][] symbols() {
        return symbols.toArray(byte[][]::new);
    }
}
