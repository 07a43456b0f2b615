package dev.lockstep.server;

import dev.lockstep.server.access.KeyFile;
import dev.lockstep.server.access.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A server that lets in only who has its key. */
final class KeyedServer {
    static final String KEY = "the-right-key";

    private KeyedServer() {}

    /**
     * @param folder for its key file
     */
    static TestServer start(Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("keys.txt"), "alice sha256:" + hash(KEY) + "\n");
        KeyFile keys = KeyFile.open(file, Limits.DEFAULTS);
        return TestServer.start(TestServer.options(), builder -> builder.keys(keys));
    }

    private static String hash(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
