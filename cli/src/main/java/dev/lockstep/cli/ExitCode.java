package dev.lockstep.cli;

/** What the process tells its caller. */
final class ExitCode {
    /** Everything asked for was done. */
    static final int DONE = 0;

    /** It failed while running. */
    static final int FAILED = 1;

    /** The command line asks for something that there is not. */
    static final int USAGE = 2;

    /** The model file is missing or cannot be used. */
    static final int UNUSABLE_MODEL = 3;

    /** The model does not fit the memory budget. */
    static final int OVER_BUDGET = 4;

    /** Ended by Ctrl-C, as shells number it. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}
}
