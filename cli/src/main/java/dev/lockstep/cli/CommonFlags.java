package dev.lockstep.cli;

import java.util.logging.Level;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The flags that every command has. */
@Command(
        sortOptions = false,
        usageHelpWidth = 100,
        synopsisHeading = "Usage: ",
        descriptionHeading = "%n",
        parameterListHeading = "%n",
        optionListHeading = "%n",
        footerHeading = "%n",
        versionProvider = Version.class)
final class CommonFlags {
    @Option(
            names = {"-v", "--verbose"},
            order = 100,
            description = "Say more on standard error: timings, memory, and the stack trace of an error.")
    boolean verbose;

    @Option(
            names = {"-q", "--quiet"},
            order = 101,
            description = "Say nothing on standard error but errors.")
    boolean quiet;

    @Option(
            names = {"-h", "--help"},
            order = 102,
            usageHelp = true,
            description = "Print this help and exit.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            order = 103,
            versionHelp = true,
            description = "Print the version and exit.")
    boolean version;

    /** The least level of what the engine logs that is shown. Its errors come back as failures and are shown then. */
    Level logLevel() {
        return quiet ? Level.OFF : Level.INFO;
    }
}
