package dev.lockstep.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keys that open the server, as they stand in a key file: names and hashes, never keys.
 *
 * <pre>
 * # name    hash                what differs from the server's limits
 * alice     sha256:9f86d081…    weight=2 rps=5 concurrent=4
 * batch     sha256:60303ae2…
 * </pre>
 *
 * <p>Fields are separated by blanks, a line that starts with {@code #} is a comment. {@code weight} is the share of the
 * steps against others (1 if it is left out), {@code rps} requests a second and {@code concurrent} requests at a time (both
 * as the server's limits say if left out, 0 for no limit).
 *
 * <p><b>Why plain SHA-256.</b> Slow, salted hashes protect secrets that people choose, because those can be guessed. A key
 * made here is {@value #KEY_BYTES} random bytes: trying 2²⁵⁶ of them is out of reach however fast a hash is, no two are
 * alike so that a salt would add nothing, and a hash that is slow on purpose would let strangers keep the server busy.
 *
 * <p><b>Constant time.</b> What is presented is hashed and compared with every entry by
 * {@link MessageDigest#isEqual}, also after one matched, so time says neither whether nor where.
 */
public final class ApiKeys {
    /** Random bytes in a key. */
    public static final int KEY_BYTES = 32;

    /** What keys made here start with, so that people and scanners recognise one. */
    public static final String PREFIX = "lsk-";

    private static final String HASH = "sha256:";

    private final List<Entry> entries;

    private record Entry(Client client, byte[] hash) {}

    private ApiKeys(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * Reads the lines of a key file.
     *
     * @param limits what a line that says nothing gets
     * @throws IllegalArgumentException if a line is not as described above; the message has its number, and never the line
     */
    public static ApiKeys parse(List<String> lines, Limits limits) {
        List<Entry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Set<String> hashes = new HashSet<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            try {
                Entry entry = entry(line.split("\\s+"), limits);
                if (!names.add(entry.client.name())) {
                    throw new IllegalArgumentException("the name '" + entry.client.name() + "' is there twice");
                }
                if (!hashes.add(HexFormat.of().formatHex(entry.hash))) {
                    throw new IllegalArgumentException("the key of '" + entry.client.name() + "' is there twice");
                }
                entries.add(entry);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return new ApiKeys(entries);
    }

    private static Entry entry(String[] fields, Limits limits) {
        if (fields.length < 2 || !fields[1].startsWith(HASH)) {
            throw new IllegalArgumentException("must be a name and '" + HASH + "' with 64 hexadecimal digits");
        }
        byte[] hash = hash(fields[1].substring(HASH.length()));
        int weight = 1;
        double rps = limits.keyRequestsPerSecond();
        int concurrent = limits.keyConcurrent();
        for (int i = 2; i < fields.length; i++) {
            String[] setting = fields[i].split("=", 2);
            String value = setting.length == 2 ? setting[1] : "";
            switch (setting[0]) {
                case "weight" -> weight = (int) number("weight", value);
                case "rps" -> rps = number("rps", value);
                case "concurrent" -> concurrent = (int) number("concurrent", value);
                default ->
                    throw new IllegalArgumentException(
                            "setting '" + setting[0] + "' is not known; known: weight, rps, concurrent");
            }
        }
        return new Entry(new Client(fields[0], weight, rps, concurrent), hash);
    }

    private static byte[] hash(String hex) {
        // The text is not repeated: somebody may have put the key itself there.
        if (!hex.matches("[0-9a-fA-F]{64}")) {
            throw new IllegalArgumentException(
                    "after '" + HASH + "' must be 64 hexadecimal digits, there are " + hex.length() + " characters");
        }
        return HexFormat.of().parseHex(hex);
    }

    private static double number(String name, String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is '" + value + "', must be a number", e);
        }
    }

    /** Who has this key, if anybody has. */
    public Optional<Client> find(String key) {
        byte[] presented = sha256(key);
        Client found = null;
        for (Entry entry : entries) {
            boolean equal = MessageDigest.isEqual(entry.hash, presented);
            found = equal ? entry.client : found;
        }
        return Optional.ofNullable(found);
    }

    /** How many keys there are. */
    public int size() {
        return entries.size();
    }

    /** Their names, in the file's order. */
    public List<String> names() {
        return entries.stream().map(entry -> entry.client.name()).toList();
    }

    /** Of each name, its share against others, as the engine's fair policy takes it. */
    public Map<String, Double> weights() {
        return entries.stream()
                .collect(Collectors.toMap(entry -> entry.client.name(), entry -> (double) entry.client.weight()));
    }

    /** A new key: {@value #PREFIX} and {@value #KEY_BYTES} random bytes in Base64. */
    public static String newKey() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * The line of a key file that lets {@code key} in.
     *
     * @param name who has it
     * @param settings such as {@code weight=2}
     * @throws IllegalArgumentException if name or settings are not as a key file has them
     */
    public static String line(String name, String key, List<String> settings) {
        StringBuilder line =
                new StringBuilder(name + " " + HASH + HexFormat.of().formatHex(sha256(key)));
        settings.forEach(setting -> line.append(' ').append(setting));
        entry(line.toString().split("\\s+"), Limits.DEFAULTS);
        return line.toString();
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
