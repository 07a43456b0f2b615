package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class RunCommandTest {
    private static Result run(String... args) {
        return Result.of(command(args));
    }

    private static String[] command(String... args) {
        return Stream.concat(Stream.of("run", "-q", "-m", Golden.stories()), Stream.of(args))
                .toArray(String[]::new);
    }

    private static JsonNode json(String... args) {
        return run(Stream.concat(Stream.of("--json"), Stream.of(args)).toArray(String[]::new))
                .done()
                .json();
    }

    private static List<Integer> ids(JsonNode array) {
        return array.valueStream().map(JsonNode::asInt).toList();
    }

    @Test
    void printsTheCompletionAlone() {
        Result result = run("-p", "Once upon a time", "-n", "20").done();
        JsonNode same = json("-p", "Once upon a time", "-n", "20");
        assertThat(result.out()).isEqualTo(same.get("text").asString() + "\n");
        assertThat(result.out()).doesNotContain("Once upon a time").hasLineCount(1);
        assertThat(result.err()).isEmpty();
    }

    @Test
    void jsonHasTheAgreedFields() {
        JsonNode json = json("-p", "Once upon", "-n", "7");
        assertThat(json.propertyNames()).containsExactly("prompt_tokens", "tokens", "text", "finish_reason", "timings");
        assertThat(json.get("timings").propertyNames()).containsExactly("queue_ms", "ttft_ms", "tpot_ms", "total_ms");
        json.get("timings")
                .forEach(time -> assertThat(time.isNumber() && time.asDouble() >= 0)
                        .as("%s", time)
                        .isTrue());
        assertThat(ids(json.get("tokens"))).hasSize(7);
        assertThat(ids(json.get("prompt_tokens"))).startsWith(1).hasSizeGreaterThan(1);
        assertThat(json.get("finish_reason").asString()).isEqualTo("length");
        assertThat(json.get("timings").get("ttft_ms").asDouble()).isPositive();
    }

    @Test
    void answersSeveralPromptsInOrder() {
        List<String> prompts = List.of("Tom had a dog", "", "The sun", "Lily");
        List<String> flags = new ArrayList<>(List.of("-n", "9"));
        prompts.forEach(prompt -> flags.addAll(List.of("-p", prompt)));
        List<String> alone = prompts.stream()
                .map(prompt -> json("-n", "9", "-p", prompt).get("text").asString())
                .toList();

        Result text = run(flags.toArray(String[]::new)).done();
        assertThat(text.out()).isEqualTo(String.join("\n\n", alone) + "\n");

        flags.add("--json");
        List<JsonNode> lines = run(flags.toArray(String[]::new)).done().jsonLines();
        assertThat(lines.stream().map(line -> line.get("text").asString())).containsExactlyElementsOf(alone);
        double before = 0;
        for (JsonNode line : lines) {
            double queue = line.get("timings").get("queue_ms").asDouble();
            assertThat(queue).isGreaterThanOrEqualTo(before);
            before = queue;
        }
    }

    @Test
    void theEmptyPromptIsTheBeginningOfText() {
        JsonNode json = json("-p", "", "-n", "3");
        assertThat(ids(json.get("prompt_tokens"))).containsExactly(1);
        assertThat(ids(json.get("tokens"))).hasSize(3);
    }

    @Test
    void readsThePromptFromStandardInputAsItIs() {
        Result piped =
                Result.withInput("Once upon\n", command("-n", "5", "--json")).done();
        assertThat(piped.out()).contains("\"tokens\":");
        assertThat(piped.json().get("prompt_tokens"))
                .isEqualTo(json("-n", "5", "-p", "Once upon\n").get("prompt_tokens"))
                .isNotEqualTo(json("-n", "5", "-p", "Once upon").get("prompt_tokens"));
    }

    @Test
    void doesNotWaitForSomebodyToTypeAPrompt() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Console console = new Console(
                InputStream.nullInputStream(),
                out,
                new PrintStream(err, false, StandardCharsets.UTF_8),
                true,
                false,
                false);
        assertThat(Main.run(command(), console)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("there is no prompt")
                .hasLineCount(1);
    }

    @Test
    void tokenPromptsEqualTextPromptsAndComeAfterThem() {
        JsonNode text = json("-p", "Once upon", "-n", "6");
        String list = String.join(
                ",",
                ids(text.get("prompt_tokens")).stream().map(String::valueOf).toList());
        List<JsonNode> lines = run("--prompt-tokens", list, "-p", "Lily", "-n", "6", "--json")
                .done()
                .jsonLines();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).get("prompt_tokens"))
                .isEqualTo(json("-p", "Lily", "-n", "6").get("prompt_tokens"));
        assertThat(lines.get(1).get("tokens")).isEqualTo(text.get("tokens"));
    }

    @Test
    void specialTokensInPromptsAreTextUnlessAskedFor() {
        assertThat(ids(json("-p", "<s>", "-n", "1").get("prompt_tokens"))).hasSizeGreaterThan(2);
        assertThat(ids(json("-p", "<s>", "-n", "1", "--special").get("prompt_tokens")))
                .containsOnly(1);
    }

    @Test
    void stopStringsEndTheTextBeforeThem() {
        JsonNode json = json("-p", "Once upon a time", "-n", "60", "--stop", "xyzzy", "--stop", "girl");
        assertThat(json.get("finish_reason").asString()).isEqualTo("stop");
        assertThat(json.get("text").asString()).isNotEmpty().doesNotContain("girl");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1.2, 1", "1.2, 2"})
    void kernelsThreadsChunksAndContextDoNotChangeBits(String temperature, String seed) {
        String prompt = "One day, a big cat went to the park and saw a little bird in a tall tree.";
        List<String> hashes = new ArrayList<>();
        for (String cost : List.of(
                "--kernels scalar",
                "--kernels vector",
                "--kernels auto --threads 1",
                "--kernels vector --threads 3 --prefill-chunk 5",
                "--kernels scalar --prefill-chunk 1 --context 100 --schedule serial --draft none")) {
            List<String> flags = new ArrayList<>(List.of("-p", prompt, "-n", "40", "--logits-hash"));
            flags.addAll(List.of("--temperature", temperature, "--seed", seed));
            flags.addAll(List.of(cost.split(" ")));
            JsonNode json = json(flags.toArray(String[]::new));
            hashes.add(json.get("logits_hash").asString() + json.get("tokens"));
        }
        assertThat(hashes.getFirst()).matches("(?!0{16})[0-9a-f]{16}\\[.*]");
        assertThat(hashes).allMatch(hashes.getFirst()::equals, "the first: " + hashes.getFirst());
    }

    @Test
    void samplingFlagsReachTheSampler() {
        JsonNode greedy = json("-p", "Once", "-n", "30").get("tokens");
        JsonNode first = json("-p", "Once", "-n", "30", "--temperature", "1.5", "--seed", "1")
                .get("tokens");
        assertThat(first).isNotEqualTo(greedy);
        assertThat(first)
                .isNotEqualTo(json("-p", "Once", "-n", "30", "--temperature", "1.5", "--seed", "2")
                        .get("tokens"));
        for (String narrow : List.of("--top-k 1", "--top-p 1e-9", "--min-p 1")) {
            List<String> flags =
                    new ArrayList<>(List.of("-p", "Once", "-n", "30", "--temperature", "1.5", "--seed", "1"));
            flags.addAll(List.of(narrow.split(" ")));
            assertThat(json(flags.toArray(String[]::new)).get("tokens"))
                    .as(narrow)
                    .isEqualTo(greedy);
        }
        for (String penalty : List.of("--repetition-penalty 50", "--presence-penalty 90", "--frequency-penalty 90")) {
            List<String> flags = new ArrayList<>(List.of("-p", "Once", "-n", "30"));
            flags.addAll(List.of(penalty.split(" ")));
            assertThat(json(flags.toArray(String[]::new)).get("tokens"))
                    .as(penalty)
                    .isNotEqualTo(greedy);
        }
        String favourite = greedy.get(0).asString();
        assertThat(ids(json("-p", "Once", "-n", "30", "--logit-bias", favourite + "=-inf")
                        .get("tokens")))
                .doesNotContain(Integer.valueOf(favourite));
        assertThat(ids(json("-p", "Once", "-n", "30", "--logit-bias", "77=1e6").get("tokens")))
                .containsOnly(77);
    }

    @Test
    void aRequestThatFailsIsOneLineAndExitCode1() {
        List<String> flags = new ArrayList<>(List.of("-p", "a", "--json"));
        IntStream.range(0, 512).forEach(token -> flags.addAll(List.of("--logit-bias", token + "=-inf")));
        Result result = run(flags.toArray(String[]::new));
        assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(result.err()).startsWith("lockstep: request 1 failed: ").hasLineCount(1);
        assertThat(result.json().get("finish_reason").asString()).isEqualTo("error");
    }

    @Test
    void anOutputThatNobodyReadsIsOneLineAndExitCode1() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream broken = new PrintStream(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("broken pipe");
                    }
                },
                false,
                StandardCharsets.UTF_8);
        int exitCode = Main.run(
                command("-p", "a", "-p", "b", "-n", "9"),
                InputStream.nullInputStream(),
                broken,
                new PrintStream(err, false, StandardCharsets.UTF_8));
        assertThat(exitCode).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("lockstep: the output cannot be written")
                .hasLineCount(1);
    }

    @Test
    void theEngineSaysOneLineAndMoreIfAsked() {
        String[] flags = {"run", "-m", Golden.stories(), "-p", "a", "-n", "3"};
        Result normal = Result.of(flags).done();
        assertThat(normal.err())
                .startsWith("lockstep: stories260K.gguf: ")
                .contains("memory plan: ")
                .hasLineCount(1);
        Result verbose = Result.of(
                        Stream.concat(Stream.of(flags), Stream.of("--verbose")).toArray(String[]::new))
                .done();
        assertThat(verbose.err()).contains("\nlockstep: request 1: 2 prompt tokens, 3 tokens (length); ");
        assertThat(verbose.err())
                .containsPattern("\nlockstep: loaded in \\d+ ms\n")
                .containsPattern("\nlockstep: memory: plan \\S+ MB, peak (\\S+ MB \\(.*%\\)|unknown on this system)\n");
        assertThat(verbose.out()).isEqualTo(normal.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "-n 0 | max tokens is 0",
                "-n x | 'x' is not an int",
                "--temperature -1 | temperature is -1.0",
                "--top-k -1 | top-k is -1",
                "--top-p 0 | top-p is 0.0",
                "--min-p 2 | min-p is 2.0",
                "--repetition-penalty 0 | repetition penalty is 0.0",
                "--presence-penalty 101 | presence penalty is 101.0",
                "--frequency-penalty nan | 'nan' is not a float",
                "--logit-bias 5 | TOKEN=BIAS",
                "--logit-bias 512=1 | token 512",
                "--logit-bias 5=NaN | logit bias of token 5",
                "--threads 0 | threads is 0",
                "--context 0 | context length is 0",
                "--prefill-chunk 0 | prefill chunk is 0",
                "--kernels fast | 'fast' is not available; available: auto, scalar, vector",
                "--kv q8_0 | 'q8_0' is not available; available: f16, f32",
                "--schedule sometimes | schedule 'sometimes', allowed are serial, static:B (a batch of B requests)",
                "--schedule static:0 | static batch of 0 requests, allowed are 1 to 4096",
                "--policy lottery | policy 'lottery', allowed are fcfs, priority and fair",
                "--kv-pages 1 --schedule continuous | KV pages are 1, but a context of",
                "--draft-tokens 3 | --draft-tokens needs somebody who guesses",
                "--accept classical | --accept classical needs somebody who guesses",
                "--draft ngram --accept always | 'always' is not available; available: coupled, classical",
                "--draft ngram --draft-tokens 17 | --draft-tokens is 17, allowed are 1 to 16",
                "--show-speculation --json | --show-speculation colours text",
                "--memory-budget 2X | '2X' is not a size",
                "--memory-budget 0 | out of range",
                "--stop= | stop string of 0 characters",
                "--prompt-tokens 1,x | \"x\" is not a token id",
                "--prompt-tokens 1,512 | token 512 in the prompt, allowed are 0 to 511",
                "--context 2 --prompt-tokens 1,2 | the prompt has 2 tokens",
                "--logits-hash | --logits-hash needs --json",
                "--stream-layers --no-pack | --stream-layers packs the layers that it reads",
                "stray | 'stray'"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        List<String> all = new ArrayList<>(List.of("-p", "a"));
        all.addAll(List.of(flags.split(" ")));
        assertThat(run(all.toArray(String[]::new)).refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep run --help'.");
    }

    @Test
    void withoutAModelFlagItIsTheOneThatComesAlong() {
        Result result = Result.of("run", "-q", "-p", "x", "-n", "1");
        if (ModelStore.ofThisBuild().has(ShippedModel.JDK)) {
            result.done();
        } else {
            assertThat(result.refused(ExitCode.UNUSABLE_MODEL)).contains("the model jdk is not in this build");
        }
    }

    @ParameterizedTest
    @CsvSource({"no-such.gguf", "'two\nlines\u001B[31m.gguf'", "."})
    void anUnusableModelIsExitCode3(String name) {
        String line = Result.of("run", "-q", "-m", name, "-p", "a").refused(ExitCode.UNUSABLE_MODEL);
        assertThat(line).doesNotContain("\u001B");
    }

    @Test
    void aFileThatIsNoModelIsExitCode3() {
        String file = Golden.path("stories260K/greedy.json").toString();
        assertThat(Result.of("run", "-q", "-m", file, "-p", "a").refused(ExitCode.UNUSABLE_MODEL))
                .contains("greedy.json");
    }

    /** Whatever becomes of the weights, the bits that choose tokens are the same. */
    @Test
    void streamedAndUnpackedWeightsGiveTheSameLogits() {
        String[] flags = {"run", "-m", Golden.stories(), "-p", "Once upon a time", "-n", "20", "--json", "--logits-hash"
        };
        JsonNode expected = Result.of(flags).done().json();
        Map<String, String> costs = Map.of(
                "--stream-layers", "; each step reads \\d\\.\\d MB of the file\n",
                "--no-pack", "; besides, up to \\d\\.\\d MB of the mapped file, which the system takes back");
        costs.forEach((flag, cost) -> {
            Result result = Result.of(
                            Stream.concat(Stream.of(flags), Stream.of(flag)).toArray(String[]::new))
                    .done();
            assertThat(result.json().get("tokens")).isEqualTo(expected.get("tokens"));
            assertThat(result.json().get("logits_hash")).isEqualTo(expected.get("logits_hash"));
            assertThat(result.err()).containsPattern(cost);
        });
    }

    @Test
    void aModelOverTheBudgetIsExitCode4() {
        assertThat(run("-p", "a", "--memory-budget", "100K").refused(ExitCode.OVER_BUDGET))
                .contains("over the memory budget of 0.1 MB");
        run("-p", "a", "-n", "1", "--memory-budget", "1GiB").done();
    }
}
