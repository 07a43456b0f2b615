package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.kernel.RopeStyle;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.train.Progress;
import dev.lockstep.train.data.Document;
import dev.lockstep.train.model.Mask;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.TransformerConfig;
import dev.lockstep.train.run.ModelExport;
import dev.lockstep.train.tokenizer.TokenizerTrainer;
import dev.lockstep.train.tokenizer.TrainedVocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class EvalCommandTest {
    @TempDir
    Path folder;

    private String text;

    @BeforeEach
    void writeText() throws IOException {
        String story = "Once upon a time, there was a little girl named Lily. She loved to play in the park. ";
        text = Files.writeString(folder.resolve("story.txt"), story.repeat(12)).toString();
    }

    /** The loss is the mean of what score says of the same tokens. */
    @Test
    void agreesWithScore() throws IOException {
        JsonNode json = Result.of(
                        "eval",
                        "-q",
                        "-m",
                        Golden.stories(),
                        "--text",
                        text,
                        "--tokens",
                        "1",
                        "--stride",
                        "128",
                        "--json")
                .done()
                .json();
        assertThat(json.get("method").asString()).isEqualTo("next-token");
        int row = json.get("row_tokens").asInt();
        assertThat(json.get("tokens").asInt()).isEqualTo(row).isEqualTo(128);
        assertThat(json.get("stride").asInt()).isEqualTo(row);
        String[] ids = Result.withInput(readText(), "tokenize", "-m", Golden.stories())
                .done()
                .out()
                .strip()
                .split(" ");
        StringBuilder tokens = new StringBuilder("1");
        for (int i = 0; i < row - 1; i++) {
            tokens.append(',').append(ids[i]);
        }
        JsonNode positions = Result.of(
                        "score",
                        "-q",
                        "-m",
                        Golden.stories(),
                        "--tokens",
                        tokens.toString(),
                        "--logits",
                        "512",
                        "--json")
                .done()
                .json()
                .get("positions");
        double nats = 0;
        int correct = 0;
        for (int i = 0; i < row; i++) {
            int next = Integer.parseInt(ids[i]);
            JsonNode said = positions.get(i);
            nats += said.get("logsumexp").asDouble()
                    - said.get("logits").get(next).asDouble();
            correct += said.get("argmax").asInt() == next ? 1 : 0;
        }
        assertThat(json.get("nats_per_token").asDouble()).isCloseTo(nats / row, within(1e-5));
        assertThat(json.get("accuracy").asDouble()).isCloseTo((double) correct / row, within(1e-12));
        double bits = nats / Math.log(2) / json.get("bytes").asDouble();
        assertThat(json.get("bits_per_byte").asDouble()).isCloseTo(bits, within(1e-5));
    }

    private String readText() throws IOException {
        return Files.readString(Path.of(text));
    }

    @Test
    void tellsHowADraftAgrees() {
        String model = Golden.stories();
        String out = Result.of("eval", "-q", "-m", model, "--text", text, "--draft", model, "--positions", "3")
                .done()
                .out();
        assertThat(out)
                .contains("bits per byte ")
                .contains("The draft's greedy choice is the model's at 1.0000 of ")
                .contains("it gains 3.000 tokens of 3:")
                .containsPattern("\n +3 +\\d+ +\\d+ +1\\.0000\n");
        JsonNode agreement = Result.of("eval", "-q", "-m", model, "--text", text, "--draft", model, "--json")
                .done()
                .json()
                .get("agreement");
        assertThat(agreement.get("overall").asDouble()).isEqualTo(1);
        assertThat(agreement.get("drafted").size()).isZero();
    }

    /**
     * A model of zeros that fills in: it has no opinion, so the bound is near the logarithm of the vocabulary's size.
     */
    @Test
    void tellsABoundForAModelThatFillsIn() throws IOException {
        Document story = Document.of("story", readText().getBytes(StandardCharsets.UTF_8));
        TrainedVocabulary words =
                new TokenizerTrainer(270, TokenizerTrainer.PRE_DEFAULT, 1).train(List.of(story), Progress.SILENT);
        TransformerConfig config = new TransformerConfig(
                1, 16, 2, 1, 8, 24, words.size(), 32, 10_000, RopeStyle.INTERLEAVED, 1e-5f, true, Mask.BIDIRECTIONAL);
        Path model = folder.resolve("fills.gguf");
        try (ParameterMemory zeros = new ParameterMemory("zeros", new ParameterLayout(config))) {
            ModelExport.write(config, zeros, "fills", ElementType.F32, words::putInto, model);
        }
        String[] args = {
            "eval", "-q", "-m", model.toString(), "--text", text, "--samples", "20", "--seed", "3", "--json"
        };
        JsonNode json = Result.of(args).done().json();
        assertThat(json.get("method").asString()).isEqualTo("diffusion-bound");
        assertThat(json.get("samples").asInt()).isEqualTo(20);
        assertThat(json.get("nats_per_token").asDouble())
                .isCloseTo(Math.log(words.size()), within(0.05 * Math.log(words.size())));
        args[args.length - 1] = "--kernels=auto";
        assertThat(Result.of(args).done().out())
                .contains(
                        "upper bound: masked diffusion with a linear schedule, each row masked 20 times, levels spread"
                                + " evenly from 0.001 to 1, seed 3; ")
                .contains("bits per byte   at most ");
        assertThat(Result.of("run", "-q", "-m", model.toString(), "-p", "x").refused(ExitCode.UNUSABLE_MODEL))
                .contains("llama.attention.causal is false");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--tokens 0 | tokens is 0, allowed are 1 to",
                "--row-tokens 129 | rows of 129 tokens, allowed are 1 to 128",
                "--samples 0 | samples is 0, allowed are 1 to 10000",
                "--positions 3 | --positions needs --draft",
                "--text no-such-file | there is no file no-such-file",
                "--corpus . | --corpus and --text exclude each other"
            })
    void badFlagsAreOneLineAndExitCode2(String flags, String complaint) {
        String[] args = ("eval -q -m " + Golden.stories() + " --text " + text + " " + flags).split(" ");
        assertThat(Result.of(args).refused(ExitCode.USAGE))
                .contains(complaint)
                .endsWith(". Try 'lockstep eval --help'.");
    }

    @Test
    void aDraftOfAnotherVocabularyIsRefused() {
        String draft = folder.resolve("other.gguf").toString();
        Result.of("synth", "-q", "--shape", "llama-tiny", "--type", "q8_0", "-o", draft)
                .done();
        assertThat(Result.of("eval", "-q", "-m", Golden.stories(), "--text", text, "--draft", draft)
                        .refused(ExitCode.UNUSABLE_MODEL))
                .contains("have different vocabularies");
    }
}
