package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Request;
import dev.lockstep.sample.SamplingParameters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Random requests give what the engine gives for them: whole and streamed, alone and all at once. */
@Timeout(300)
class RandomRequestsTest {
    private static final int REQUESTS = 200;
    private static final long SEED = Long.getLong("lockstep.seed", System.nanoTime());
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A request in the engine's words and in HTTP's. */
    private record Case(Request direct, Map<String, Object> fields) {
        String body(boolean stream) {
            Map<String, Object> all = new LinkedHashMap<>(fields);
            all.put("stream", stream);
            return JSON.writeValueAsString(all);
        }
    }

    private static Case draw(Random random) {
        int[] prompt = random.ints(1 + random.nextInt(40), 3, 512).toArray();
        int maxTokens = 1 + random.nextInt(30);
        long seed = random.nextLong();
        float temperature = random.nextInt(4) == 0 ? 0 : random.nextFloat() * 2;
        int topK = random.nextInt(3) == 0 ? 1 + random.nextInt(50) : 0;
        float topP = random.nextBoolean() ? 1 : 0.1f + 0.9f * random.nextFloat();
        float minP = random.nextBoolean() ? 0 : random.nextFloat() * 0.2f;
        float repetition = random.nextBoolean() ? 1 : 1 + random.nextFloat();
        float presence = random.nextBoolean() ? 0 : random.nextFloat();
        float frequency = random.nextBoolean() ? 0 : -random.nextFloat();
        int biased = random.nextInt(512);
        float bias = random.nextInt(200) - 100;
        Request direct = Request.ofTokens(prompt)
                .maxTokens(maxTokens)
                .sampling(new SamplingParameters(
                        temperature, topK, topP, minP, repetition, presence, frequency, Map.of(biased, bias), seed));
        List<String> stops = random.nextInt(3) == 0 ? List.of("e", "0", "\u00e9") : List.of();
        for (String stop : stops) {
            direct = direct.stop(stop);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("prompt", prompt);
        fields.put("max_tokens", maxTokens);
        fields.put("seed", seed);
        fields.put("temperature", temperature);
        fields.put("top_k", topK);
        fields.put("top_p", topP);
        fields.put("min_p", minP);
        fields.put("repetition_penalty", repetition);
        fields.put("presence_penalty", presence);
        fields.put("frequency_penalty", frequency);
        fields.put("logit_bias", Map.of(Integer.toString(biased), bias));
        fields.put("stop", stops);
        return new Case(direct, fields);
    }

    private static String whole(RawClient client, Case request, Completion expected) throws IOException {
        RawClient.Answer answer = client.post("/v1/completions", request.body(false));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        JsonNode choice = answer.json().at("/choices/0");
        assertThat(choice.at("/finish_reason").stringValue())
                .isEqualTo(expected.finishReason().label());
        assertThat(answer.json().at("/usage/completion_tokens").intValue())
                .isEqualTo(expected.tokens().size());
        return choice.at("/text").stringValue();
    }

    private static String streamed(RawClient client, Case request) throws IOException {
        RawClient.Answer answer = client.post("/v1/completions", request.body(true));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        StringBuilder text = new StringBuilder();
        for (JsonNode event : SseEvents.untilDone(answer.body())) {
            text.append(event.at("/choices/0/text").stringValue());
        }
        return text.toString();
    }

    @Test
    void areAnsweredAsTheEngineAnswersThem() throws Exception {
        System.out.println("-Dlockstep.seed=" + SEED);
        Random random = new Random(SEED);
        List<Case> cases = new ArrayList<>();
        List<Completion> expected = new ArrayList<>();
        try (TestServer server = TestServer.start()) {
            for (int i = 0; i < REQUESTS; i++) {
                cases.add(draw(random));
                expected.add(server.engine().submit(cases.getLast().direct()).await());
            }
            try (RawClient client = server.client()) {
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(streamed(client, cases.get(i)))
                            .as("request " + i + " alone, streamed")
                            .isEqualTo(expected.get(i).text());
                }
            }
            allAtOnce(server, cases, expected);
        }
    }

    private static void allAtOnce(TestServer server, List<Case> cases, List<Completion> expected) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> answers = new ArrayList<>();
            for (int i = 0; i < cases.size(); i++) {
                Case request = cases.get(i);
                Completion own = expected.get(i);
                answers.add(clients.submit(() -> {
                    try (RawClient client = server.client()) {
                        assertThat(whole(client, request, own)).isEqualTo(own.text());
                        assertThat(streamed(client, request)).isEqualTo(own.text());
                    }
                    return null;
                }));
            }
            for (Future<?> answer : answers) {
                answer.get();
            }
        }
    }
}
