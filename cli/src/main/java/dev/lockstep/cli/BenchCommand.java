package dev.lockstep.cli;

import dev.lockstep.bench.StepBench;
import dev.lockstep.bench.StepCase;
import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.model.SyntheticModel.Shape;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lockstep bench}: how long steps take, beside what the machine can do and a peer; and other experiments. */
@Command(
        name = "bench",
        customSynopsis = {"lockstep bench [-m FILE] [OPTION]...", "       lockstep bench COMMAND [OPTION]..."},
        description = {
            "Measures how long a step takes: one pass over the weights, whatever its rows.",
            "",
            "A decode step is the next token of N sequences, a prefill step a prompt of N tokens. For each it tells "
                    + "milliseconds a step, tokens, bytes (GB/s, of weights, keys and values) and multiply-adds "
                    + "(GMAC/s) a second, and how many times as long as a decode step with 1 row it takes. The "
                    + "shares are of what this machine reached in the same command with the same threads, doing "
                    + "nothing else: reading memory, multiplying and adding floats ('fma'), and for quantised "
                    + "weights multiplying and adding bytes ('int8').",
            "",
            "With --peer, another engine runs the same steps of the same file in turns with this one. Close other "
                    + "programs: whatever they take is missing in the figures.",
            "",
            "With --json: {\"model\", \"weights\", \"threads\", \"runs\", \"decode_prompt\", \"machine\": {\"instructions\", "
                    + "\"read_gb_per_s\", \"fma_gmac_per_s\", \"int8_gmac_per_s\"}, \"peer\", "
                    + "\"memory\": [{\"kernels\", \"plan_bytes\", \"peak_bytes\", \"streamed_bytes\"}], \"steps\": "
                    + "[{\"kernels\", \"phase\", \"rows\", \"ms\", \"tokens_per_s\", \"gb_per_s\", \"gmac_per_s\", "
                    + "\"read_share\", \"fma_share\", \"int8_share\", \"step_ratio\", \"peer_ms\", "
                    + "\"peer_tokens_per_s\", \"speed_ratio\", \"barriers\", \"phases\"}]}; what was not measured is null. \"phases\" are the "
                    + "parts of the step's time that each kind of kernel took."
        },
        commandListHeading = "%nCommands:%n",
        footer = {
            "Examples:",
            "  lockstep bench -m model.gguf",
            "  lockstep bench --decode 1,4 --prefill none --kernels vector --shape llama-110m",
            "The README's table:",
            "  lockstep bench --kernels all --peer llama.cpp",
            "'lockstep bench COMMAND --help' tells about a command."
        })
final class BenchCommand extends LockstepCommand {
    private static final int RUNS_MAX = 1_000;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "The model: a GGUF file, or a name of 'lockstep models'. "
                    + "Default: one with random weights, made for the occasion.")
    Path model;

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            converter = SynthCommand.ShapeConverter.class,
            completionCandidates = SynthCommand.ShapeNames.class,
            description = "The dimensions of the model that is made: ${COMPLETION-CANDIDATES}. Default: llama-1.1b.")
    Shape shape;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            converter = OneOf.WeightType.class,
            description =
                    "The type of the weights that are made: f32, f16, bf16, q8_0, q4_0, q4_k or q6_k. Default: q4_0.")
    ElementType type;

    @Option(
            names = "--decode",
            paramLabel = "N,N,...|none",
            converter = RowCounts.Converter.class,
            description = "Rows of the decode steps. Default: 1,2,4,8,16.")
    RowCounts decode = new RowCounts(List.of(1, 2, 4, 8, 16));

    @Option(
            names = "--decode-prompt",
            paramLabel = "N",
            description = "Tokens of each sequence before the one that is decoded, which it attends to. Default: 15, "
                    + "which is also what a peer decodes after.")
    int decodePrompt = StepBench.DECODE_PROMPT_DEFAULT;

    @Option(
            names = "--prefill",
            paramLabel = "N,N,...|none",
            converter = RowCounts.Converter.class,
            description = "Rows of the prefill steps. Default: 64,256.")
    RowCounts prefill = new RowCounts(List.of(64, 256));

    @Option(
            names = "--kernels",
            paramLabel = "TIER|all",
            split = ",",
            description = "auto, native, vector, scalar, or several of them. all: native and vector; scalar is so slow "
                    + "that it must be asked for. Default: auto.")
    List<String> kernels = List.of("auto");

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute. Default: one for each physical core.")
    Integer threads;

    @ArgGroup(validate = false)
    MemoryFlags memory = new MemoryFlags();

    @Option(names = "--runs", paramLabel = "N", description = "Runs of each step; the median counts. Default: 5.")
    int runs = 5;

    @Option(
            names = "--peer",
            paramLabel = "NAME",
            description = "Compare with another engine: llama.cpp. It is not part of this one; if it is not installed, "
                    + "you are told how to install it.")
    String peer;

    @Option(
            names = "--bandwidth-memory",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Memory that is read to measure the machine's bandwidth; must be many times its caches. "
                    + "Default: 512MiB.")
    ByteSize bandwidthMemory = new ByteSize(Roofline.READ_BYTES_DEFAULT);

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    boolean json;

    BenchCommand(Console console) {
        super(console);
    }

    @Override
    int execute() throws IOException {
        if (runs < 1 || runs > RUNS_MAX) {
            throw new UsageException("runs is " + runs + ", allowed are 1 to " + RUNS_MAX);
        }
        memory.storage();
        long read = bandwidthMemory.bytes();
        if (read < Roofline.READ_BYTES_MIN || read > Roofline.READ_BYTES_MAX) {
            throw new UsageException("--bandwidth-memory is " + read + " bytes, allowed are " + Roofline.READ_BYTES_MIN
                    + " to " + Roofline.READ_BYTES_MAX);
        }
        if (peer != null && !peer.equals(LlamaCpp.NAME)) {
            throw new UsageException("there is no peer '" + peer + "'; available: " + LlamaCpp.NAME);
        }
        if (decodePrompt < 1 || decodePrompt > StepCase.ROWS_MAX - 1) {
            throw new UsageException(
                    "--decode-prompt is " + decodePrompt + ", allowed are 1 to " + (StepCase.ROWS_MAX - 1));
        }
        if (peer != null && decodePrompt != StepBench.DECODE_PROMPT_DEFAULT) {
            throw new UsageException("--decode-prompt is " + decodePrompt + ", but the peer decodes after "
                    + StepBench.DECODE_PROMPT_DEFAULT + " tokens");
        }
        if (model != null && (shape != null || type != null)) {
            throw new UsageException("--shape and --type are for a model that is made, not for " + model);
        }
        BenchRun run = new BenchRun(this);
        if (model != null) {
            run.measure(ModelFile.of(model));
        } else {
            run.measureMadeModel();
        }
        return ExitCode.DONE;
    }
}
