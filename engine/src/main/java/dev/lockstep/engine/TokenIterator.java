package dev.lockstep.engine;

import dev.lockstep.text.Tokenizer;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** One reader's way through a generation's tokens, from the first on. Not thread-safe. */
final class TokenIterator implements Iterator<Token> {
    private final Generation generation;
    private final TextAssembler assembler;
    private int index;
    private Token next;
    private boolean finished;

    TokenIterator(Generation generation, Tokenizer tokenizer) {
        this.generation = generation;
        this.assembler = new TextAssembler(tokenizer, generation.request().stops());
    }

    @Override
    public boolean hasNext() {
        if (next == null && !finished) {
            next = fetch();
        }
        return next != null;
    }

    @Override
    public Token next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Token token = next;
        next = null;
        return token;
    }

    private Token fetch() {
        Generation.Arrival arrival = generation.awaitToken(index);
        if (arrival == Generation.Arrival.NONE) {
            finished = true;
            String rest = assembler.finish();
            return rest.isEmpty() ? null : new Token(Token.REST, rest);
        }
        String text = assembler.append(generation.tokenAt(index));
        if (arrival == Generation.Arrival.LAST_TOKEN) {
            finished = true;
            text += assembler.finish();
        }
        return generation.tokenAt(index++, text);
    }
}
