package dev.lockstep.cli;

import dev.lockstep.server.access.ApiKeys;
import dev.lockstep.server.access.Limits;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lockstep keys add}: a new key in a key file. */
@Command(
        name = "add",
        customSynopsis = "lockstep keys add NAME --keys FILE [OPTION]...",
        description = {
            "Makes a key, prints it, and appends its hash to a key file.",
            "",
            "The key is printed this once and is stored nowhere: who loses it needs a new one. A server that runs with "
                    + "FILE takes the key within a second. To take a key back, delete its line."
        },
        footer = {"Example:", "  lockstep keys add alice --keys keys.txt --rps 5"})
final class KeysAddCommand extends LockstepCommand {
    @Parameters(paramLabel = "NAME", description = "Who has the key: letters, digits, '.', '_', '@' and '-'.")
    String name;

    @Option(
            names = "--keys",
            required = true,
            paramLabel = "FILE",
            description = "The key file; made if it is missing.")
    Path file;

    @Option(names = "--weight", paramLabel = "N", description = "Share of the steps, against others. Default: 1.")
    Integer weight;

    @Option(names = "--rps", paramLabel = "N", description = "Requests a second; 0: no limit. Default: the server's.")
    Double requestsPerSecond;

    @Option(
            names = "--concurrent",
            paramLabel = "N",
            description = "Requests at a time; 0: no limit. Default: the server's.")
    Integer concurrent;

    KeysAddCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        String key = ApiKeys.newKey();
        String line = UsageException.blamed(() -> ApiKeys.line(name, key, settings()));
        append(line);
        console.out().println(key);
        if (!common.quiet) {
            console.message("added '" + name + "' to " + file + "; the key above is not stored anywhere");
        }
        return ExitCode.DONE;
    }

    private List<String> settings() {
        List<String> settings = new ArrayList<>();
        if (weight != null) {
            settings.add("weight=" + weight);
        }
        if (requestsPerSecond != null) {
            settings.add("rps=" + requestsPerSecond);
        }
        if (concurrent != null) {
            settings.add("concurrent=" + concurrent);
        }
        return settings;
    }

    /** Appends in one write, so that a server that reads meanwhile sees the whole line or none of it. */
    private void append(String line) throws IOException {
        List<String> lines = new ArrayList<>();
        boolean ended = true;
        if (Files.exists(file)) {
            String before = Files.readString(file);
            ended = before.isEmpty() || before.endsWith("\n");
            before.lines().forEach(lines::add);
        }
        lines.add(line);
        UsageException.blamed(() -> ApiKeys.parse(lines, Limits.DEFAULTS));
        Set<StandardOpenOption> how =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        try (FileChannel channel = FileChannel.open(file, how, attributes())) {
            channel.write(StandardCharsets.UTF_8.encode((ended ? "" : "\n") + line + "\n"));
        }
    }

    /** A new file is its owner's alone, where the file system knows owners. */
    private static FileAttribute<?>[] attributes() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
