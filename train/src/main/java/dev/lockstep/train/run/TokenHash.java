package dev.lockstep.train.run;

import dev.lockstep.train.data.TokenStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of what a run learns from, so that a resumed run cannot go on with something else. */
final class TokenHash {
    private static final int CHUNK = 1 << 16;

    private TokenHash() {}

    static String of(TokenStream tokens) {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocate(Character.BYTES * CHUNK);
        for (int at = 0; at < tokens.length(); at++) {
            buffer.putChar((char) tokens.token(at));
            if (!buffer.hasRemaining()) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
        digest.update(buffer.flip());
        return HexFormat.of().formatHex(digest.digest());
    }

    static String of(TrainedModel model) {
        MessageDigest digest = sha256();
        digest.update(model.weights().region().segment().asByteBuffer());
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
