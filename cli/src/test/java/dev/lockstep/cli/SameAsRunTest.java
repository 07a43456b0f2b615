package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.plan.Schedule;
import dev.lockstep.server.LockstepServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code lockstep run} gives for random requests, the server gives for them too: alone and under the load of all the
 * others, streamed and not. {@code run} has an engine of its own, which takes one request after the other.
 */
@Timeout(300)
class SameAsRunTest {
    private static final long SEED = Long.getLong("lockstep.seed", System.nanoTime());
    private static final JsonMapper JSON = JsonMapper.shared();
    /** Runs of the command, and requests of each, which share all but the prompt. */
    private static final int RUNS = 10;

    private static final int PROMPTS = 20;

    /** A request in HTTP's words, and what {@code run} gave for it. */
    private record Case(Map<String, Object> fields, JsonNode expected) {
        String body(boolean stream) {
            Map<String, Object> all = new LinkedHashMap<>(fields);
            all.put("stream", stream);
            return JSON.writeValueAsString(all);
        }

        void check(String answer, boolean stream) {
            String text;
            if (stream) {
                text = answer.lines()
                        .filter(line -> line.startsWith("data: {"))
                        .map(line -> JSON.readTree(line.substring("data: ".length())))
                        .map(event -> event.at("/choices/0/text").asString())
                        .collect(Collectors.joining());
            } else {
                JsonNode json = JSON.readTree(answer);
                text = json.at("/choices/0/text").asString();
                assertThat(json.at("/choices/0/finish_reason").asString())
                        .isEqualTo(expected.at("/finish_reason").asString());
                assertThat(json.at("/usage/completion_tokens").asInt())
                        .isEqualTo(expected.at("/tokens").size());
            }
            assertThat(text)
                    .as("streamed: %b; %s", stream, fields)
                    .isEqualTo(expected.at("/text").asString());
        }
    }

    /** Runs the command with sampling and prompts that a generator chooses. */
    private static List<Case> cases(Random random, Path model) {
        Map<String, Object> shared = new LinkedHashMap<>();
        shared.put("max_tokens", 1 + random.nextInt(30));
        shared.put("seed", random.nextInt(1_000_000));
        shared.put("temperature", random.nextInt(4) == 0 ? 0 : random.nextInt(200) / 100f);
        shared.put("top_k", random.nextInt(3) == 0 ? 1 + random.nextInt(50) : 0);
        shared.put("top_p", random.nextBoolean() ? 1 : (10 + random.nextInt(90)) / 100f);
        shared.put("min_p", random.nextBoolean() ? 0 : random.nextInt(20) / 100f);
        shared.put("presence_penalty", random.nextBoolean() ? 0 : random.nextInt(100) / 100f);
        List<String> command = new ArrayList<>(List.of("run", "-q", "--json", "-m", model.toString()));
        shared.forEach((name, value) -> command.addAll(List.of("--" + name.replace('_', '-'), value.toString())));
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < PROMPTS; i++) {
            int[] prompt = random.ints(1 + random.nextInt(40), 3, 512).toArray();
            prompts.add(prompt);
            String ids = Arrays.stream(prompt).mapToObj(String::valueOf).collect(Collectors.joining(","));
            command.addAll(List.of("--prompt-tokens", ids));
        }
        List<JsonNode> answers =
                Result.of(command.toArray(String[]::new)).done().jsonLines();
        List<Case> cases = new ArrayList<>();
        for (int[] prompt : prompts) {
            Map<String, Object> fields = new LinkedHashMap<>(shared);
            fields.put("prompt", prompt);
            cases.add(new Case(fields, answers.get(cases.size())));
        }
        return cases;
    }

    private static HttpRequest post(LockstepServer server, String body) {
        return HttpRequest.newBuilder(URI.create(server.uri() + "/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    @Test
    void theServerGivesTheSameTokens(@TempDir Path folder) throws IOException, InterruptedException {
        System.out.println("-Dlockstep.seed=" + SEED);
        Random random = new Random(SEED);
        Path model = folder.resolve("tiny.gguf");
        Result.of("synth", "--shape", "llama-tiny", "--type", "q8_0", "-o", model.toString())
                .done();
        List<Case> cases = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            cases.addAll(cases(random, model));
        }
        try (Engine engine = Engine.open(
                        model, new EngineOptions().schedule(Schedule.CONTINUOUS).queueCapacity(2 * cases.size()));
                LockstepServer server = LockstepServer.builder(engine).port(0).start();
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            for (int i = 0; i < cases.size(); i++) {
                boolean stream = i % 2 == 0;
                HttpRequest alone = post(server, cases.get(i).body(stream));
                cases.get(i)
                        .check(
                                client.send(alone, HttpResponse.BodyHandlers.ofString())
                                        .body(),
                                stream);
            }
            allAtOnce(server, client, cases);
        }
    }

    private static void allAtOnce(LockstepServer server, HttpClient client, List<Case> cases) {
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        for (Case some : cases) {
            for (boolean stream : new boolean[] {false, true}) {
                answers.add(client.sendAsync(post(server, some.body(stream)), HttpResponse.BodyHandlers.ofString())
                        .thenAccept(answer -> some.check(answer.body(), stream)));
            }
        }
        answers.forEach(CompletableFuture::join);
    }
}
