package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sample.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stop strings cut out of what a request says without them. */
@Timeout(60)
class StopStringTest {
    private static final int FIRST_BYTE_TOKEN = 3;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void theTextEndsBeforeTheFirstStopString(long seed) throws Exception {
        Random random = new Random(seed);
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            for (int round = 0; round < 10; round++) {
                Request request = Request.of(Models.PROMPT)
                        .temperature(round % 2)
                        .seed(random.nextInt())
                        .maxTokens(40);
                checkStops(engine, request, random, "seed " + seed + ", round " + round);
            }
        }
    }

    /** Only the bytes of three characters are allowed, so every character spans tokens. */
    @Test
    void charactersOfSeveralTokensStopTooAndAreNeverCut() throws Exception {
        Map<Integer, Float> bias = new HashMap<>();
        for (int token = 0; token < 512; token++) {
            bias.put(token, Float.NEGATIVE_INFINITY);
        }
        for (int b : new int[] {0xE2, 0x82, 0xAC, 0xC3, 0xA9, 'a'}) {
            bias.put(FIRST_BYTE_TOKEN + b, 0f);
        }
        Random random = new Random(3);
        try (Engine engine = Engine.open(Models.random(), Models.options())) {
            for (int round = 0; round < 12; round++) {
                SamplingParameters sampling = new SamplingParameters(3, 0, 1, 0, 1, 0, 0, bias, random.nextLong());
                Request request = Request.of("x").sampling(sampling).maxTokens(60);
                checkStops(engine, request, random, "round " + round);
            }
        }
    }

    private static void checkStops(Engine engine, Request request, Random random, String what) {
        Completion whole = engine.submit(request).await();
        assertThat(whole.text()).as(what).hasSizeGreaterThan(8);
        int from = random.nextInt(whole.text().length() - 4);
        // U+FFFD stands for broken bytes in the text, which no stop string matches.
        String stop = whole.text().substring(from, from + 1 + random.nextInt(4)).replace("\uFFFD", "a");
        int at = whole.text().indexOf(stop);
        Generation generation = engine.submit(request.stop("never said").stop(stop));
        List<Integer> streamedTokens = new ArrayList<>();
        StringBuilder streamed = new StringBuilder();
        for (Token token : generation) {
            assertThat(streamed).as("%s, stop '%s'", what, stop).doesNotContain(stop);
            streamed.append(token.text());
            streamedTokens.add(token.id());
        }
        Completion stopped = generation.await();
        String description = what + ", stop '" + stop + "' in '" + whole.text() + "'";
        if (at < 0) {
            assertThat(stopped.text()).as(description).isEqualTo(whole.text());
            return;
        }
        assertThat(stopped.text()).as(description).isEqualTo(whole.text().substring(0, at));
        assertThat(stopped.finishReason()).as(description).isEqualTo(FinishReason.STOP);
        assertThat(streamed.toString()).as(description).isEqualTo(stopped.text());
        assertThat(stopped.tokens())
                .as(description)
                .isEqualTo(whole.tokens().subList(0, stopped.tokens().size()));
        assertThat(streamedTokens).as(description).isEqualTo(stopped.tokens());
    }

    @Test
    void aStopStringThatIsNeverCompletedIsDelivered() throws Exception {
        try (Engine engine = Engine.open(Models.stories(), Models.options())) {
            Request request = Request.of(Models.PROMPT).maxTokens(30);
            String text = engine.submit(request).await().text();
            String tail = text.substring(text.length() - 6);
            Generation generation = engine.submit(request.stop(tail + "!?"));
            StringBuilder streamed = new StringBuilder();
            String last = "";
            for (Token token : generation) {
                assertThat(text).startsWith(streamed);
                streamed.append(token.text());
                last = token.text();
            }
            assertThat(streamed).hasToString(text);
            assertThat(last).as("what was held back").endsWith(tail);
            assertThat(generation.await().text()).isEqualTo(text);
            assertThat(generation.await().finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void heldBackTextOfACancelledRequestIsDelivered() throws Exception {
        PausingPlanner planner = new PausingPlanner(5);
        try (Engine engine = Engine.open(Models.stories(), Models.options(), planner)) {
            Generation generation =
                    engine.submit(Request.of(Models.PROMPT).maxTokens(30).stop(", there was a little girl?"));
            planner.awaitPause();
            generation.cancel();
            planner.resume();
            StringBuilder streamed = new StringBuilder();
            generation.forEach(token -> streamed.append(token.text()));
            assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(generation.await().text()).isEqualTo(", there was a little g");
            assertThat(streamed).hasToString(", there was a little g");
        }
    }
}
