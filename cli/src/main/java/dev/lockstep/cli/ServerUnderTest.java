package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The server that is measured: 'lockstep serve' in a process of its own. */
final class ServerUnderTest {
    @Option(
            names = "--running",
            paramLabel = "N",
            description =
                    "Its --running: most requests that run at once. Default: " + EngineOptions.RUNNING_DEFAULT + ".")
    Integer running;

    @Option(names = "--queue", paramLabel = "N", description = "Its --queue: most requests that wait. Default: 1024.")
    Integer queue;

    @Option(
            names = "--serve-option",
            paramLabel = "OPTION",
            description = "Any other option of its, such as --serve-option=--max-connections=9000; may be repeated.")
    List<String> others = new ArrayList<>();

    /**
     * The command that starts it.
     *
     * @param port 0 for any
     */
    List<String> command(Path model, int port, MachineFlags machine) {
        List<String> command = new ArrayList<>(program());
        command.addAll(List.of("serve", "-m", model.toAbsolutePath().toString(), "--port", Integer.toString(port)));
        command.addAll(List.of("--kernels", machine.kernels.name().toLowerCase(Locale.ROOT)));
        command.addAll(List.of("--kv", machine.kvType.name().toLowerCase(Locale.ROOT)));
        add(command, "--threads", machine.threads);
        add(command, "--running", running);
        add(command, "--queue", queue);
        command.addAll(others);
        return command;
    }

    private static void add(List<String> command, String option, Integer value) {
        if (value != null) {
            command.addAll(List.of(option, value.toString()));
        }
    }

    /** As users start it, where this process was started so; else this very JVM with the same flags and classes. */
    private static List<String> program() {
        String home = System.getProperty("lockstep.home");
        if (home != null && Files.isExecutable(Path.of(home, "lockstep"))) {
            return List.of(Path.of(home, "lockstep").toString());
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-agentlib"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        return command;
    }
}
