package dev.lockstep.cli;

import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import dev.lockstep.train.Progress;
import dev.lockstep.train.evaluate.EvaluationMachine;
import dev.lockstep.train.evaluate.Figures;
import dev.lockstep.train.evaluate.HeldOut;
import dev.lockstep.train.evaluate.ModelEvaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lockstep eval}: how well a model knows a text that it has not learnt from. */
@Command(
        name = "eval",
        customSynopsis = "lockstep eval [-m MODEL] [--corpus FOLDER | --text FILE...] [OPTION]...",
        description = {
            "Measures how well a model knows a text that it has not learnt from.",
            "",
            "Without --corpus and --text that is the modules of the JDK's sources that training never sees. The model "
                    + "cuts the text into tokens of its own; bits per byte are bits for each byte of the text, so "
                    + "models with different vocabularies can be compared. The tokens are cut into rows that "
                    + "overlap, and each is predicted once, from what stands before it in its row and document.",
            "",
            "A model that generates from left to right is measured by the pass and with the weights that generation "
                    + "uses. For one that fills in masked tokens the figure is an upper bound: of each row a part t of "
                    + "the tokens is masked, and their cross entropy times 1/t is a sample; the levels t are spread "
                    + "evenly over all rows and samples.",
            "",
            "With --json: {\"model\", \"text\", \"documents\", \"text_bytes\", \"method\" (next-token or "
                    + "diffusion-bound), \"row_tokens\", \"stride\", \"rows\", \"rows_all\", \"tokens\", \"bytes\", "
                    + "\"bits_per_byte\", \"nats_per_token\", \"predicted\", \"accuracy\", \"samples\", \"seed\", "
                    + "\"agreement\": {\"positions\", \"overall\", \"every\", \"accepted\", \"drafted\": "
                    + "[{\"reached\", \"right\", \"rate\"}]}}; agreement is null without a draft."
        },
        footer = {
            "Examples:",
            "  lockstep eval",
            "  lockstep eval -m model.gguf --text book.txt --json",
            "  lockstep eval -m jdk --draft jdk-draft --positions 4 --tokens 50000"
        })
final class EvalCommand extends LockstepCommand {
    private static final int POSITIONS_DEFAULT = 4;

    @Mixin
    ModelFile model = new ModelFile();

    @Option(
            names = "--corpus",
            paramLabel = "FOLDER",
            description =
                    "Measure with what is held out of a prepared corpus, or of a folder of text: one file in 100.")
    Path corpus;

    @Option(names = "--text", paramLabel = "FILE", description = "Measure with a whole file; may be repeated.")
    List<Path> texts = new ArrayList<>();

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Look at about N tokens, in whole rows spread evenly over the text. Default: all.")
    long tokens = Long.MAX_VALUE;

    @Option(
            names = "--row-tokens",
            paramLabel = "N",
            description =
                    "Tokens of a row. Default: the model's context, at most " + ModelEvaluation.ROW_TOKENS_MAX + ".")
    int rowTokens;

    @Option(
            names = "--stride",
            paramLabel = "N",
            description = "Tokens that a row measures, its last ones; those before them are only seen. Default: half "
                    + "a row. With as many as a row has, rows do not overlap.")
    int stride;

    @Option(
            names = "--draft",
            paramLabel = "MODEL",
            description = "Count how often this model's greedy choice is the measured one's.")
    Path draft;

    @Option(
            names = "--positions",
            arity = "0..1",
            paramLabel = "N",
            fallbackValue = "" + POSITIONS_DEFAULT,
            description = "With --draft, tell agreement for the 1st to the Nth drafted token, each given that those "
                    + "before it were right. Default for N: " + POSITIONS_DEFAULT + ".")
    Integer positions;

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = "How often each row is masked, for models that fill in. Default: 1.")
    int samples = 1;

    @Option(names = "--seed", paramLabel = "N", description = "Chooses the masks. Default: 0.")
    long seed;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @ArgGroup(validate = false, heading = "%nMachine:%n")
    MachineFlags machine = new MachineFlags();

    EvalCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        if (corpus != null && !texts.isEmpty()) {
            throw new UsageException("--corpus and --text exclude each other");
        }
        if (positions != null && draft == null) {
            throw new UsageException("--positions needs --draft");
        }
        for (Path text : texts) {
            if (!Files.isRegularFile(text)) {
                throw new UsageException("there is no file " + text);
            }
        }
        ModelEvaluation evaluation = UsageException.blamed(
                () -> new ModelEvaluation(rowTokens, stride, tokens, samples, seed, positions == null ? 1 : positions));
        Path path = model.path();
        Optional<Path> drafting = draft == null ? Optional.empty() : Optional.of(ModelFile.of(draft));
        EvaluationMachine runs = machine(path);
        HeldOut text;
        Figures figures;
        try (StatusLine status = new StatusLine(console, common)) {
            Progress progress = progress(status);
            text = text(progress);
            figures = evaluation.run(
                    path,
                    drafting,
                    text,
                    runs,
                    (done, total) -> progress.at("loading", done, Math.max(1, total)),
                    progress);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
        EvalOutput output = new EvalOutput(path, text, runs, figures, positions != null);
        if (json) {
            output.printJson(console.out());
        } else {
            output.print(console.out());
        }
        return ExitCode.DONE;
    }

    private EvaluationMachine machine(Path path) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            return new EvaluationMachine(
                    machine.kernels.choose(),
                    MemoryForecast.of(file, machine.options()).threads(),
                    machine.kvType,
                    machine.memory.storage(),
                    machine.memory.budgetBytes());
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    private HeldOut text(Progress progress) throws IOException {
        if (!texts.isEmpty()) {
            return HeldOut.ofFiles(texts);
        }
        return corpus == null ? HeldOut.ofRunningJdk(progress) : HeldOut.of(corpus, progress);
    }

    /** Shows each per cent once. */
    private static Progress progress(StatusLine status) {
        return new Progress() {
            private String shown = "";

            @Override
            public void at(String phase, long done, long total) {
                String now = phase + " " + 100 * done / total + " %";
                if (!now.equals(shown)) {
                    shown = now;
                    status.show(now);
                }
            }
        };
    }
}
