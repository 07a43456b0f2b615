package dev.lockstep.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code lockstep} command. */
public final class Main {
    private static final Map<String, Function<Console, LockstepCommand>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("run", RunCommand::new);
        COMMANDS.put("serve", ServeCommand::new);
        COMMANDS.put("tokenize", TokenizeCommand::new);
        COMMANDS.put("template", TemplateCommand::new);
        COMMANDS.put("score", ScoreCommand::new);
        COMMANDS.put("eval", EvalCommand::new);
        COMMANDS.put("inspect", InspectCommand::new);
        COMMANDS.put("models", ModelsCommand::new);
        COMMANDS.put("synth", SynthCommand::new);
        COMMANDS.put("quantize", QuantizeCommand::new);
        COMMANDS.put("bench", BenchCommand::new);
        COMMANDS.put("train", TrainCommand::new);
        COMMANDS.put("lab", LabCommand::new);
        COMMANDS.put("keys", KeysCommand::new);
    }

    private Main() {}

    /** Runs the command and exits with its code. */
    public static void main(String[] args) {
        Console console = Console.ofProcess();
        int exitCode = run(args, console);
        console.out().flush();
        console.err().flush();
        System.exit(exitCode);
    }

    /**
     * Runs a command inside this process; none of the streams counts as a terminal.
     *
     * @param args the command line, without the program's name
     * @param in standard input
     * @param out receives results
     * @param err receives messages
     * @return the exit code
     */
    public static int run(String[] args, InputStream in, PrintStream out, PrintStream err) {
        return run(args, new Console(in, out, err, false, false, false));
    }

    static int run(String[] args, Console console) {
        CommandLine line = new CommandLine(new RootCommand(console));
        // Only the command that is asked for is set up, which spares reading the annotations of all others.
        if (args.length > 0 && COMMANDS.containsKey(args[0])) {
            add(line, args[0], console);
        } else {
            COMMANDS.keySet().forEach(name -> add(line, name, console));
        }
        boolean colours = console.outTerminal() && System.getenv("NO_COLOR") == null;
        return line.setExpandAtFiles(false)
                .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(colours ? Ansi.ON : Ansi.OFF))
                .setParameterExceptionHandler((complaint, _) -> refuse(complaint, console))
                .execute(args);
    }

    private static void add(CommandLine line, String name, Console console) {
        CommandLine command = new CommandLine(COMMANDS.get(name).apply(console));
        if (name.equals("bench")) {
            command.addSubcommand(new BenchQueueCommand(console));
            command.addSubcommand(new BenchServeCommand(console));
            command.addSubcommand(new BenchInterferenceCommand(console));
            command.addSubcommand(new BenchPrefixCommand(console));
            command.addSubcommand(new BenchHttpCommand(console));
        }
        if (name.equals("keys")) {
            command.addSubcommand(new KeysAddCommand(console));
        }
        if (name.equals("lab")) {
            command.addSubcommand(new LabParallelismCommand(console));
            command.addSubcommand(new LabSpeculationCommand(console));
        }
        line.addSubcommand(command);
    }

    private static int refuse(ParameterException complaint, Console console) {
        CommandLine line = complaint.getCommandLine();
        String text = complaint.getMessage();
        if (complaint instanceof UnmatchedArgumentException unmatched
                && !line.getSubcommands().isEmpty()
                && !unmatched.isUnknownOption()) {
            String name = unmatched.getUnmatched().getFirst();
            text = "there is no command '" + name + "'" + CommandGroup.available(line.getCommandSpec());
        }
        String sentence = Character.toLowerCase(text.charAt(0)) + text.substring(1);
        console.message(LockstepCommand.usage(sentence, line.getCommandSpec()));
        return ExitCode.USAGE;
    }
}
