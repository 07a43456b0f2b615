package dev.lockstep.cli;

import dev.lockstep.format.GgufFile;
import dev.lockstep.text.Tokenizer;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code lockstep tokenize}: text to token ids. */
@Command(
        name = "tokenize",
        customSynopsis = "lockstep tokenize [-m MODEL] [--special] [--json | --null] < TEXT",
        description = {
            "Turns text into token ids.",
            "",
            "The text is read from standard input and the ids are printed in one line, separated by spaces. The "
                    + "text is UTF-8 and taken as it is: its last line end belongs to it, and no "
                    + "beginning-of-text token is added. Input that is not UTF-8 is refused. Only the model's "
                    + "vocabulary is read, so a file without weights will do."
        },
        footer = {
            "Examples:",
            "  printf 'Hello, world' | lockstep tokenize -m model.gguf",
            "  printf 'one\\0two' | lockstep tokenize -m model.gguf --null"
        })
final class TokenizeCommand extends LockstepCommand {
    @Mixin
    ModelFile model = new ModelFile();

    @Option(names = "--special", description = "Let the text of special tokens, such as <s>, mean these tokens.")
    boolean special;

    @Option(names = "--json", description = "Print one JSON array.")
    boolean json;

    @Option(
            names = "--null",
            description = "NULs in the input separate texts (n of them make n + 1 texts); print one JSON array a line.")
    boolean nullSeparated;

    TokenizeCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        Tokenizer tokenizer;
        try (GgufFile file = GgufFile.open(model.path())) {
            tokenizer = Tokenizer.of(file.metadata());
        }
        StandardInput input = new StandardInput(console.in());
        if (nullSeparated) {
            for (String text = input.nextSeparated(); text != null; text = input.nextSeparated()) {
                printJson(tokenizer.encode(text, special));
            }
        } else if (json) {
            printJson(tokenizer.encode(input.all(), special));
        } else {
            printPlain(tokenizer.encode(input.all(), special));
        }
        return ExitCode.DONE;
    }

    private void printJson(int[] ids) throws IOException {
        try (JsonGenerator array = Json.to(console.out())) {
            array.writeArray(ids, 0, ids.length);
        }
        console.out().println();
        console.flush();
    }

    private void printPlain(int[] ids) {
        StringBuilder line = new StringBuilder();
        for (int id : ids) {
            line.append(line.isEmpty() ? "" : " ").append(id);
        }
        console.out().println(line);
    }
}
