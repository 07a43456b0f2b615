package dev.lockstep.bench.http;

import dev.lockstep.bench.machine.ResidentMemory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What a JVM that serves a model takes of the machine, as Linux tells it in {@code /proc/PID} (see {@code
 * proc_pid_stat(5)} and {@code proc_pid_task(5)}). CPU time comes in clock ticks, of which a second has {@value
 * #TICKS_PER_SECOND}.
 */
public final class ProcessUse {
    private static final double TICKS_PER_SECOND = 100;
    private static final int UTIME = 11;

    /**
     * CPU time so far, in seconds, user and system.
     *
     * @param engine of the thread that runs steps and of its workers
     * @param jvm of the JVM's own threads: compilers, collector and the like
     * @param http of all others: reading requests, waiting for tokens, writing answers; also of threads that have ended
     */
    public record Cpu(double engine, double jvm, double http) {
        /** Since an earlier moment. */
        public Cpu since(Cpu before) {
            return new Cpu(engine - before.engine, jvm - before.jvm, http - before.http);
        }

        /** All of it. */
        public double seconds() {
            return engine + jvm + http;
        }
    }

    private final Path folder;

    /** Of the process with this number. */
    public ProcessUse(long pid) {
        this.folder = Path.of("/proc", Long.toString(pid));
    }

    /** Whether this system tells. */
    public boolean known() {
        return Files.isReadable(folder.resolve("stat"));
    }

    /** Resident bytes; empty if the process has ended. */
    public OptionalLong residentBytes() {
        try {
            return ResidentMemory.now(Files.readString(folder.resolve("status")));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * CPU time so far.
     *
     * @throws IOException if the process has ended
     */
    public Cpu cpu() throws IOException {
        double engine = 0;
        double jvm = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(folder.resolve("task"))) {
            for (Path thread : threads) {
                String stat = read(thread.resolve("stat"));
                if (!stat.isEmpty()) {
                    switch (owner(name(stat))) {
                        case ENGINE -> engine += seconds(stat);
                        case JVM -> jvm += seconds(stat);
                        case HTTP -> {}
                    }
                }
            }
        }
        // A thread that ended is only in the sum of all; the engine's and the JVM's live on.
        double all = seconds(Files.readString(folder.resolve("stat")));
        return new Cpu(engine, jvm, Math.max(0, all - engine - jvm));
    }

    /** The file's text; empty if the thread has ended meanwhile. */
    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            // Reading the file of a thread that has just ended fails with ESRCH.
            if (Files.exists(file)) {
                throw e;
            }
            return "";
        }
    }

    /** Whose a thread is. */
    enum Owner {
        ENGINE,
        JVM,
        HTTP
    }

    /** Whose a thread with this name is; Linux keeps 15 characters of it. */
    static Owner owner(String name) {
        if (name.startsWith("lockstep-engine")
                || name.startsWith("lockstep-worker")
                || name.startsWith("lockstep-reader")) {
            return Owner.ENGINE;
        }
        return name.matches("C[12] Compiler.*|VM .*|GC .*|G1 .*|Monitor Deflati|Service Thread|Signal Dispatch"
                        + "|Reference Handl|Finalizer|Common-Cleaner|Notification Th|java")
                ? Owner.JVM
                : Owner.HTTP;
    }

    /** The name, in brackets, which may itself have brackets in it. */
    static String name(String stat) {
        return stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    }

    static double seconds(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[UTIME + 1])) / TICKS_PER_SECOND;
    }
}
