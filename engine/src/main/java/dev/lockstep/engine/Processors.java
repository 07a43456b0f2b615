package dev.lockstep.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** How many cores there are. Two hardware threads of one core share its arithmetic units and gain nothing here. */
public final class Processors {
    private static final Path CPUS = Path.of("/sys/devices/system/cpu");

    private Processors() {}

    /** Physical cores, at most as many as this process may use; at least 1. */
    public static int physicalCores() {
        int available = Runtime.getRuntime().availableProcessors();
        Set<String> cores = new HashSet<>();
        try (DirectoryStream<Path> cpus = Files.newDirectoryStream(CPUS, "cpu[0-9]*")) {
            for (Path cpu : cpus) {
                Path siblings = cpu.resolve("topology/thread_siblings_list");
                if (Files.isReadable(siblings)) {
                    cores.add(Files.readString(siblings));
                }
            }
        } catch (IOException e) {
            return available;
        }
        return cores.isEmpty() ? available : Math.min(available, cores.size());
    }
}
