package dev.lockstep.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much of this process is in physical memory, the JVM and all, as Linux tells it in {@code /proc/self/status} (see
 * {@code proc_pid_status(5)}: {@code VmRSS}, {@code VmHWM}). Other systems have no such file.
 */
public final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");
    private static final Pattern NOW = Pattern.compile("VmRSS:\\s*(\\d+) kB");
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s*(\\d+) kB");

    private ResidentMemory() {}

    /** Resident bytes now, or empty where that cannot be known. */
    public static OptionalLong bytes() {
        return parse(status(), NOW);
    }

    /** The most resident bytes that there ever were, or since {@link #resetPeak}; empty where that cannot be known. */
    public static OptionalLong peakBytes() {
        return parse(status(), PEAK);
    }

    /** Makes what is resident now the peak, where the system lets us (see {@code proc_pid_clear_refs(5)}). */
    public static void resetPeak() {
        if (Files.isWritable(CLEAR)) {
            try {
                Files.writeString(CLEAR, "5");
            } catch (IOException e) {
                // Then the peak is that of the whole life of the process, which is never too small.
            }
        }
    }

    private static String status() {
        try {
            return Files.isReadable(STATUS) ? Files.readString(STATUS) : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** Resident bytes, of what such a file of any process says. */
    public static OptionalLong now(String status) {
        return parse(status, NOW);
    }

    static OptionalLong peak(String status) {
        return parse(status, PEAK);
    }

    private static OptionalLong parse(String status, Pattern pattern) {
        Matcher matcher = pattern.matcher(status);
        return matcher.find() ? OptionalLong.of(1_024 * Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }
}
