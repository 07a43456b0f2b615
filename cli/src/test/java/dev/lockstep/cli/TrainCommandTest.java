package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Whole runs on some files of made-up text, with a shape of some thousand weights. */
class TrainCommandTest {
    private static final String SHAPE = "--vocabulary 280 --layers 1 --width 32 --heads 2 --kv-heads 1 --head-size 16"
            + " --feed-forward 32 --row-tokens 32 --step-rows 2 --warm-up 2 --threads 1 --evaluate-rows 2";

    @TempDir
    static Path texts;

    @TempDir
    Path folder;

    @BeforeAll
    static void writeTexts() throws IOException {
        for (int i = 0; i < 6; i++) {
            SplittableRandom random = new SplittableRandom(i);
            StringBuilder text = new StringBuilder();
            for (int word = 0; word < 300; word++) {
                text.append(List.of("the", "cat", "sat", "on", "a", "mat", "again", "today")
                                .get(random.nextInt(8)))
                        .append(random.nextInt(6) == 0 ? ".\n" : " ");
            }
            Files.writeString(texts.resolve(i + ".txt"), text);
        }
    }

    static List<String> arguments(Path out, String more) {
        List<String> all = new ArrayList<>(List.of("train", "--corpus", texts.toString(), "--out", out.toString()));
        List<String> given = List.of(more.split(" "));
        String[] shape = SHAPE.split(" ");
        for (int i = 0; i < shape.length; i += 2) {
            if (!given.contains(shape[i])) {
                all.addAll(List.of(shape[i], shape[i + 1]));
            }
        }
        given.stream().filter(argument -> !argument.isEmpty()).forEach(all::add);
        return all;
    }

    private static Result train(Path out, String more) {
        return Result.of(arguments(out, more).toArray(String[]::new));
    }

    private static Result resume(Path out, String more) {
        return Result.of(
                ("train --resume --threads 1 --out " + out + " " + more).strip().split(" "));
    }

    private Path out(String name) {
        return folder.resolve(name);
    }

    @Test
    void makesAModelThatRunsACurveAndACard() throws Exception {
        Path out = out("run");
        Result result = train(out, "--steps 12 --evaluate-every 5 --type q8_0,f16 --name cat --json")
                .done();
        List<JsonNode> lines = result.jsonLines();
        assertThat(lines.stream().filter(line -> line.has("loss"))).hasSize(12);
        assertThat(lines.stream()
                        .filter(line -> line.has("held_out"))
                        .map(line -> line.get("step").asInt()))
                .containsExactly(5, 10, 12);
        assertThat(lines.getLast().get("files")).hasSize(4);
        for (String type : List.of("q8_0", "f16")) {
            Result.of("run", "-q", "-m", out.resolve("cat-" + type + ".gguf").toString(), "-p", "the cat", "-n", "4")
                    .done();
        }
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(out.resolve("cat.svg").toFile());
        assertThat(out.resolve("cat.md"))
                .content()
                .contains("# cat\n", "![Losses](cat.svg)", "12 steps of 2 rows of 32 tokens", "| bits a byte | ")
                .contains("The licence of the text is its authors'", "./lockstep train --corpus=" + texts)
                .contains(" --steps=12\n");
        assertThat(Files.readAllLines(out.resolve("history.csv"))).hasSize(13);
        assertThat(out.resolve("lock")).doesNotExist();
        assertThat(result.err())
                .contains("lockstep: memory: ", " = weights ", " + optimiser ", "% of the peak", " held out, ")
                .contains("step 10 of 12: loss ");
    }

    @Test
    void theCommandOnTheCardMakesTheSameModel() throws IOException {
        train(out("one"), "--steps 6 --objective diffusion").done();
        String card = Files.readString(out("one").resolve("target.md"));
        String command = card.substring(card.indexOf("./lockstep ") + 11, card.indexOf("\n```\n\nThe same"));
        Result.of((command + " --threads 2 --batch-tokens 1 --out " + out("two")).split(" "))
                .done();
        assertThat(card).contains("attention is bidirectional", "a bound from above");
        assertThat(out("two").resolve("target-q8_0.gguf"))
                .hasSameBinaryContentAs(out("one").resolve("target-q8_0.gguf"));
    }

    @Test
    void aRunThatIsInterruptedGoesOnToTheSameWeights() throws Exception {
        Path out = out("stopped");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Golden.REPOSITORY.resolve("jvm.args"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(arguments(out, "--steps 100000000 --decay 0.25 --evaluate-every 7 --json"));
        Process process = new ProcessBuilder(command)
                .redirectError(folder.resolve("stderr").toFile())
                .start();
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (int i = 0; i < 3; i++) {
                assertThat(lines.readLine()).isNotNull();
            }
            process.toHandle().destroy();
            while (lines.readLine() != null) {
                // To the end: the process must not wait for a reader.
            }
            assertThat(process.waitFor()).as("SIGTERM").isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
        assertThat(folder.resolve("stderr"))
                .content()
                .containsPattern(
                        "stopped after step \\d+ of 100000000; to go on: lockstep train --resume --out " + out);
        List<String> history = Files.readAllLines(out.resolve("history.csv"));
        long reached = Long.parseLong(history.getLast().split(",")[0]);
        long steps = 2 * reached + 10;
        resume(out, "--steps " + steps + " -q").done();
        train(out("straight"), "--steps " + steps + " --decay 0.25 --evaluate-every 7 -q")
                .done();
        assertThat(out.resolve("target-q8_0.gguf"))
                .hasSameBinaryContentAs(out("straight").resolve("target-q8_0.gguf"));
        assertThat(losses(out)).isEqualTo(losses(out("straight")));
    }

    /** The history without the times. */
    private static List<String> losses(Path out) throws IOException {
        return Files.readAllLines(out.resolve("history.csv")).stream()
                .map(line -> line.replaceFirst("^((?:[^,]*,){4})[^,]*", "$1"))
                .toList();
    }

    @Test
    void aRunThatIsDoneMayOnlyBeWrittenAgain() throws IOException {
        Path out = out("done");
        train(out, "--steps 5 --type f16").done();
        byte[] model = Files.readAllBytes(out.resolve("target-f16.gguf"));
        Files.delete(out.resolve("target-f16.gguf"));
        resume(out, "").done();
        assertThat(out.resolve("target-f16.gguf")).hasBinaryContent(model);
        String other = lastLine(resume(out, "--seed 2"));
        assertThat(other).contains("this checkpoint is of another run, it has seed=1 and this run seed=2.");
        assertThat(lastLine(resume(out, "--steps 50"))).contains("another run, it has schedule=");
        assertThat(train(out, "--steps 5").refused(ExitCode.USAGE))
                .contains(
                        "the folder " + out + " holds a run, whose newest checkpoint is step-0000000005.checkpoint; go"
                                + " on with --resume, or name another folder with --out");
    }

    private static String lastLine(Result result) {
        assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
        return result.err().lines().toList().getLast();
    }

    @Test
    void aDraftLearnsFromATarget() throws IOException {
        train(out("target"), "--steps 4 --type f32").done();
        String target = " --target " + out("target").resolve("target-f32.gguf");
        Path prepared = out("target").resolve("corpus");
        String shape = SHAPE.replace("--vocabulary 280 ", "");
        Result draft = Result.of(("train --preset draft --corpus " + prepared + " --out " + out("draft") + " " + shape
                        + target + " --steps 4")
                .split(" "));
        draft.done();
        assertThat(draft.err()).contains(" + target ").doesNotContain("preparing");
        assertThat(out("draft").resolve("draft-q8_0.gguf")).exists();
        assertThat(out("draft").resolve("corpus")).doesNotExist();
        Result other = train(out("other"), "--preset draft --vocabulary 270 --steps 4" + target);
        assertThat(lastLine(other)).contains("has another vocabulary than the corpus; name the prepared corpus");
        Result wrongSize = Result.of("train", "--corpus", prepared.toString(), "--vocabulary", "270", "-o", "x");
        assertThat(wrongSize.refused(ExitCode.USAGE)).contains("--vocabulary is 270, but the prepared corpus ");
    }

    @Test
    void timeMayEndARun() throws IOException {
        train(out("timed"), "--minutes 0.02 --decay 0.5").done();
        String steps = Files.readAllLines(out("timed").resolve("arguments.txt")).getLast();
        long number = Long.parseLong(steps.substring("--steps=".length()));
        assertThat(Files.readAllLines(out("timed").resolve("history.csv"))).hasSize((int) number + 1);
        assertThat(out("timed").resolve("target.md")).content().contains(" --steps=" + number + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--steps 0 | --steps is 0, allowed are 1 to 1000000000",
                "--steps 5 --minutes 1 | --steps and --minutes are both given",
                "--minutes 0 | --minutes is 0.0, allowed are above 0 to 525600",
                "--minutes NaN | --minutes is NaN",
                "--vocabulary 258 | --vocabulary is 258, allowed are 259 to 65536",
                "--layers 0 | layers is 0, allowed are 1 to 1024",
                "--heads 3 --kv-heads 2 | kvHeads is 2, which does not divide the 3 heads",
                "--head-size 7 | headSize is 7, which is odd",
                "--row-tokens 0 | contextLength is 0",
                "--step-rows 0 | stepRows is 0, allowed are 1 to 32768 rows of 512 tokens",
                "--optimiser sgd | 'sgd' is not available; available: adamw, muon",
                "--rate 2 | rate is 2.0, allowed are 0.0 to 1.0",
                "--decay 1 | --decay is 1.0, allowed are 0 to 0.9",
                "--warm-up -1 | warmUp is -1",
                "--preset big | 'big' is not available; available: target, draft, diffusion",
                "--objective guess | 'guess' is not available; available: next-token, distillation, diffusion",
                "--preset draft | distillation learns from a model: name it with --target",
                "--target x.gguf | --target is for --objective distillation, this run's is next-token",
                "--type q4_k --width 32 | --type q4_k has blocks of 256 weights, which do not divide matrix rows of 32",
                "--name ../x | --name is '../x', allowed are 1 to 64 letters",
                "--threads 0 | --threads is 0, allowed are 1 to 1024",
                "--batch-tokens 0 | batchTokens is 0, allowed are 1 to 1048576",
                "--save-every 0 | --save-every is 0, allowed are 1 to",
                "--save-minutes -1 | --save-minutes is -1.0, allowed are 0 to 525600",
                "--evaluate-every 0 | --evaluate-every is 0, allowed are 1 to",
                "--evaluate-rows 0 | --evaluate-rows is 0, allowed are 1 to",
                "--corpus no-such-folder | --corpus is no-such-folder, which is not a folder",
                "--resume | --resume finds no checkpoint in ",
            })
    void refusesBeforeAnythingIsMade(String arguments, String sentence) {
        Result result = Result.of(("train --out " + out("none") + " " + arguments).split(" "));
        assertThat(result.refused(ExitCode.USAGE)).contains(sentence).endsWith("Try 'lockstep train --help'.");
        assertThat(out("none")).doesNotExist();
    }

    @Test
    void refusesWhatOnlyTheTextTells() throws IOException {
        assertThat(lastLine(train(out("short"), "--row-tokens 100000")))
                .contains(
                        "the text to learn from has ", "fewer than the 100001 that a row of --row-tokens 100000 needs");
        Result over = train(out("over"), "--steps 2 --memory-budget 100M");
        assertThat(over.exitCode()).isEqualTo(ExitCode.OVER_BUDGET);
        assertThat(over.err()).contains("training needs ", " MB over the memory budget of 100.0 MB; fewer --batch");
        assertThat(over.out()).isEmpty();
        Path file = Files.writeString(out("file"), "text");
        assertThat(train(file, "").refused(ExitCode.USAGE)).contains("--out is " + file + ", which is a file");
        Result noModel = train(out("x"), "--preset draft --target " + out("absent.gguf"));
        noModel.refused(ExitCode.UNUSABLE_MODEL);
    }
}
