package dev.lockstep.cli;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Where llama.cpp is, if somebody has installed it: {@code bench/peers/llama-cpp} in the repository. */
final class LlamaCpp {
    /** What it is called on the command line. */
    static final String NAME = "llama.cpp";

    /**
     * The system property that names another program to run in its place, one that behaves as {@link PeerProcess}
     * says, or {@link PeerServer} where a load is sent to it.
     */
    static final String PROGRAM_PROPERTY = "lockstep.peer.program";

    /** The system property that names the repository's root; the {@code lockstep} script sets it. */
    static final String HOME_PROPERTY = "lockstep.home";

    /** What it is to do. */
    enum Role {
        /** Run steps, as {@link PeerProcess} asks. */
        BENCH("bench.mjs"),
        /** Answer a load's requests, as {@link PeerServer} asks. */
        SERVE("serve.mjs"),
        /** Answer requests without a draft model and with one, as {@link PeerSpeculation} asks. */
        SPECULATE("speculate.mjs");

        private final String script;

        Role(String script) {
            this.script = script;
        }
    }

    private static final Path FOLDER = Path.of("bench", "peers", "llama-cpp");

    private LlamaCpp() {}

    /**
     * Looks for it, to have it run steps.
     *
     * @param complaint hears, in one clause, what is missing and how to get it
     */
    static Optional<PeerProcess> find(Consumer<String> complaint) {
        return command(Role.BENCH, complaint).map(command -> new PeerProcess(NAME, command));
    }

    /**
     * The command that begins to run it.
     *
     * @param complaint hears, in one clause, what is missing and how to get it
     */
    static Optional<List<String>> command(Role role, Consumer<String> complaint) {
        String program = System.getProperty(PROGRAM_PROPERTY);
        return program != null
                ? Optional.of(List.of(program))
                : command(role, System.getProperty(HOME_PROPERTY), System.getenv("PATH"), complaint);
    }

    static Optional<List<String>> command(Role role, String home, String searchPath, Consumer<String> complaint) {
        Optional<Path> folder = folder(home, role.script);
        Optional<Path> node = node(searchPath);
        String missing;
        if (folder.isEmpty()) {
            missing = "there is no folder " + FOLDER + "; run this from a checkout of the repository";
        } else if (!platform().equals("linux-x64")) {
            missing = "its package is for Linux on x86-64, this is " + platform();
        } else if (node.isEmpty()) {
            missing = "there is no 'node' on the PATH; install Node.js 20 or newer, from https://nodejs.org";
        } else if (!installed(folder.get())) {
            missing = "its package is not installed; install it by: (cd " + folder.get()
                    + " && npm install --omit=optional --ignore-scripts)";
        } else {
            return Optional.of(List.of(
                    node.get().toString(), folder.get().resolve(role.script).toString()));
        }
        complaint.accept(missing);
        return Optional.empty();
    }

    /** The peer's folder in the repository: the one given, or the one that the current folder is in. */
    private static Optional<Path> folder(String home, String script) {
        Stream<Path> candidates = home != null
                ? Stream.of(Path.of(home))
                : Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent);
        return candidates
                .map(root -> root.resolve(FOLDER))
                .filter(folder -> Files.isRegularFile(folder.resolve(script)))
                .findFirst();
    }

    private static String platform() {
        String os = System.getProperty("os.name").equals("Linux") ? "linux" : System.getProperty("os.name");
        String arch = System.getProperty("os.arch");
        return os + "-" + (arch.equals("amd64") ? "x64" : arch);
    }

    private static Optional<Path> node(String searchPath) {
        return Stream.of((searchPath == null ? "" : searchPath).split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "node"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static boolean installed(Path folder) {
        Path modules = folder.resolve("node_modules");
        return Files.isDirectory(modules.resolve("node-llama-cpp"))
                && Files.isDirectory(modules.resolve("@node-llama-cpp").resolve("linux-x64"));
    }
}
