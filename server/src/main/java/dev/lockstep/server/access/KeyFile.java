package dev.lockstep.server.access;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A file of {@link ApiKeys} that may change while the server runs.
 *
 * <p>Whoever asks for a key has the file's time and size looked at, at most once a second, so there is no thread for it. A
 * file that cannot be used does not lock anybody out or let anybody in: the keys before stay, and one sentence is logged.
 * A key that is taken out of the file no longer opens for the next request; a request that runs goes on. Thread-safe.
 */
public final class KeyFile {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");
    private static final long LOOK_EVERY_NS = 1_000_000_000L;
    private static final long FILE_BYTES_MAX = 16L << 20;

    private final Path path;
    private final Limits limits;
    private final LongSupplier clock;
    private volatile ApiKeys keys;
    private volatile long lookedNs;
    private Stamp stamp;

    /** What a change of the file shows in. */
    private record Stamp(FileTime modified, long bytes, Object file) {
        static Stamp of(Path path) throws IOException {
            var attributes = Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
        }
    }

    private KeyFile(Path path, Limits limits, LongSupplier clock) throws IOException {
        this.path = path;
        this.limits = limits;
        this.clock = clock;
        this.lookedNs = clock.getAsLong();
        this.stamp = Stamp.of(path);
        this.keys = read();
    }

    /**
     * Reads a key file.
     *
     * @param limits what a key without settings of its own gets
     * @throws IOException if it cannot be read; the message is a sentence
     * @throws IllegalArgumentException if a line of it cannot be understood, or it has no key
     */
    public static KeyFile open(Path path, Limits limits) throws IOException {
        return open(path, limits, System::nanoTime);
    }

    static KeyFile open(Path path, Limits limits, LongSupplier clock) throws IOException {
        try {
            return new KeyFile(path, limits, clock);
        } catch (NoSuchFileException e) {
            throw new IOException("the key file " + path + " does not exist", e);
        }
    }

    private ApiKeys read() throws IOException {
        long bytes = Files.size(path);
        if (bytes > FILE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "the key file " + path + " has " + bytes + " bytes, at most " + FILE_BYTES_MAX + " are read");
        }
        ApiKeys read;
        try {
            read = ApiKeys.parse(Files.readAllLines(path), limits);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the key file " + path + " is not text in UTF-8", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the key file " + path + ", " + e.getMessage(), e);
        }
        if (read.size() == 0) {
            throw new IllegalArgumentException("the key file " + path + " has no key, so nobody could come in");
        }
        return read;
    }

    /** Who has this key, by the file as it is now. */
    public Optional<Client> find(String key) {
        if (clock.getAsLong() - lookedNs >= LOOK_EVERY_NS) {
            look();
        }
        return keys.find(key);
    }

    /** Reads the file again if it has changed; others need not wait for it. */
    private synchronized void look() {
        if (clock.getAsLong() - lookedNs < LOOK_EVERY_NS) {
            return;
        }
        lookedNs = clock.getAsLong();
        try {
            if (!Stamp.of(path).equals(stamp)) {
                reload();
            }
        } catch (IOException e) {
            if (stamp != null) {
                stamp = null;
                keepOld(e);
            }
        }
    }

    /**
     * Reads the file again.
     *
     * @return whether it could be used; if not, the keys are those of before
     */
    public synchronized boolean reload() {
        try {
            Stamp now = Stamp.of(path);
            stamp = now;
            keys = read();
            LOG.log(System.Logger.Level.INFO, "read the key file {0} again: keys: {1}", path, keys.size());
            return true;
        } catch (IOException | IllegalArgumentException e) {
            keepOld(e);
            return false;
        }
    }

    private void keepOld(Exception e) {
        String why = e instanceof NoSuchFileException ? "the key file " + path + " does not exist" : e.getMessage();
        LOG.log(System.Logger.Level.WARNING, "the keys stay as they were: {0}", why);
    }

    /** The keys as they were read last. */
    public ApiKeys keys() {
        return keys;
    }
}
