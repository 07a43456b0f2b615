package dev.lockstep.engine;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * One reader's way through a generation's tokens, from the first on; {@link #hasNext} and {@link #next} wait for those that are
 * not there yet. Not thread-safe.
 */
public final class TokenIterator implements Iterator<Token> {
    private final TokenStream stream;
    private final TextAssembler assembler;
    private int index;
    private Token next;
    private boolean finished;

    TokenIterator(TokenStream stream, TextAssembler assembler) {
        this.stream = stream;
        this.assembler = assembler;
    }

    /**
     * Whether the next token, or the end, is there already, so that nobody would wait for it: who passes tokens on can gather
     * those that are, and need not send each by itself.
     */
    public boolean ready() {
        return next != null || finished || stream.arrived(index);
    }

    /**
     * {@inheritDoc}
     *
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; the generation goes on
     */
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
