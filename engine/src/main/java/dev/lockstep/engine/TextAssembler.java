package dev.lockstep.engine;

import dev.lockstep.sample.StopMatcher;
import dev.lockstep.text.Detokenizer;
import dev.lockstep.text.Tokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * Turns generated tokens into text as they come: complete characters only, nothing from a stop string on, and nothing
 * that may yet become one.
 */
final class TextAssembler {
    private final Tokenizer tokenizer;
    private final StopMatcher stops;
    private final Detokenizer detokenizer;
    /** Bytes fed to the matcher and not yet released. */
    private byte[] pending = new byte[64];

    private int pendingLength;
    private long released;

    TextAssembler(Tokenizer tokenizer, List<String> stops) {
        this.tokenizer = tokenizer;
        this.stops = new StopMatcher(stops);
        this.detokenizer = new Detokenizer(tokenizer);
    }

    /** The text that {@code token} made certain. */
    String append(int token) {
        byte[] bytes = tokenizer.bytes(token);
        if (pendingLength + bytes.length > pending.length) {
            pending = Arrays.copyOf(pending, Math.max(2 * pending.length, pendingLength + bytes.length));
        }
        System.arraycopy(bytes, 0, pending, pendingLength, bytes.length);
        pendingLength += bytes.length;
        if (stops.feed(bytes)) {
            return release((int) (stops.start() - released));
        }
        return release(pendingLength - stops.held());
    }

    /** The rest: what was held back in case a stop string followed, and half characters as replacements. */
    String finish() {
        int rest = stops.start() < 0 ? pendingLength : (int) Math.max(0, stops.start() - released);
        return release(rest) + detokenizer.finish();
    }

    private String release(int bytes) {
        int count = Math.max(0, bytes);
        String text = detokenizer.append(pending, 0, count);
        System.arraycopy(pending, count, pending, 0, pendingLength - count);
        pendingLength -= count;
        released += count;
        return text;
    }
}
