package dev.lockstep.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much of this process is in physical memory, as Linux tells it in {@code /proc/self/status} (see
 * {@code proc_pid_status(5)}, {@code VmRSS}). Other systems have no such file.
 */
final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s*(\\d+) kB");

    private ResidentMemory() {}

    /** Resident bytes now, or empty where that cannot be known. */
    static OptionalLong bytes() {
        try {
            return Files.isReadable(STATUS) ? parse(Files.readString(STATUS)) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong parse(String status) {
        Matcher matcher = RESIDENT.matcher(status);
        return matcher.find() ? OptionalLong.of(1_024 * Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }
}
