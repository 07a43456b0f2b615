package dev.lockstep.engine;

import java.util.Iterator;
import java.util.NoSuchElementException;

/** One reader's way through a generation's tokens, from the first on. Not thread-safe. */
final class TokenIterator implements Iterator<Token> {
    private final TokenStream stream;
    private final TextAssembler assembler;
    private int index;
    private Token next;
    private boolean finished;

    TokenIterator(TokenStream stream, TextAssembler assembler) {
        this.stream = stream;
        this.assembler = assembler;
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
        TokenStream.Arrival arrival = stream.awaitToken(index);
        if (arrival == TokenStream.Arrival.NONE) {
            finished = true;
            String rest = assembler.finish();
            return rest.isEmpty() ? null : new Token(Token.REST, rest);
        }
        String text = assembler.append(stream.id(index));
        if (arrival == TokenStream.Arrival.LAST_TOKEN) {
            finished = true;
            text += assembler.finish();
        }
        return stream.token(index++, text);
    }
}
