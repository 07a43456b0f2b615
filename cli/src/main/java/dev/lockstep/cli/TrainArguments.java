package dev.lockstep.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The flags of a run as text, so that it can be resumed without typing them again, and repeated by others. */
final class TrainArguments {
    /** What belongs to one call of the command and not to the run; its number of steps is put by itself. */
    private static final Set<String> OF_A_CALL = Set.of(
            "--out",
            "--resume",
            "--steps",
            "--minutes",
            "--kernels",
            "--threads",
            "--batch-tokens",
            "--memory-budget",
            "--json",
            "--verbose",
            "--quiet");

    private static final Pattern PLAIN = Pattern.compile("[\\w./=,:+@%-]+");

    private TrainArguments() {}

    /** The flags of the run that were given, paths made absolute, and its number of steps. */
    static List<String> ofRun(ParseResult given, long steps) {
        List<String> all = list(given, option -> !OF_A_CALL.contains(option.longestName()));
        all.add("--steps=" + steps);
        return all;
    }

    /** The flags of an earlier call, but for those that are given now, and those. */
    static List<String> merged(List<String> earlier, ParseResult now) {
        List<String> all = new ArrayList<>();
        for (String argument : earlier) {
            int end = argument.indexOf('=');
            if (!now.hasMatchedOption(end < 0 ? argument : argument.substring(0, end))) {
                all.add(argument);
            }
        }
        all.addAll(list(now, _ -> true));
        return all;
    }

    private static List<String> list(ParseResult given, Predicate<OptionSpec> wanted) {
        List<String> all = new ArrayList<>();
        for (OptionSpec option : given.matchedOptions()) {
            if (!wanted.test(option)) {
                continue;
            }
            String name = option.longestName();
            if (option.arity().max() == 0) {
                all.add(name);
                continue;
            }
            boolean path = option.type() == Path.class;
            for (String value : option.originalStringValues()) {
                all.add(name + "=" + (path ? Path.of(value).toAbsolutePath() : value));
            }
        }
        return all;
    }

    /** A command line that a shell reads as these arguments. */
    static String quoted(List<String> arguments) {
        StringBuilder text = new StringBuilder("./lockstep train");
        for (String argument : arguments) {
            boolean plain = PLAIN.matcher(argument).matches();
            text.append(' ').append(plain ? argument : "'" + argument.replace("'", "'\\''") + "'");
        }
        return text.toString();
    }
}
