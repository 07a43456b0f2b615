package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.server.access.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorsTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final int BODY_MAX = 4_096;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(
                TestServer.options(),
                builder -> builder.limits(Limits.DEFAULTS.toBuilder()
                        .bodyBytes(BODY_MAX)
                        .headerBytes(4_096)
                        .promptTokens(100)
                        .outputTokens(50)
                        .promptsPerRequest(8)
                        .build()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void assertRefused(String path, String body, int status, String param, String message)
            throws IOException {
        try (RawClient client = server.client()) {
            RawClient.Answer answer = client.post(path, body);
            assertThat(answer.status()).as(answer.text()).isEqualTo(status);
            assertThat(answer.headers()).containsEntry("content-type", "application/json");
            assertThat(answer.json().at("/error/message").stringValue()).contains(message);
            assertThat(answer.json().at("/error/param").asString("null")).isEqualTo(param);
            assertThat(answer.json().at("/error/type").stringValue()).isNotEmpty();
            assertThat(client.get("/health").status()).as("the next request").isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "{}                                            | prompt            | is missing",
                "{\"prompt\": null}                            | prompt            | is missing",
                "{\"prompt\": 5}                               | prompt            | is 5, but an array is needed",
                "{\"prompt\": {}}                              | prompt            | is an object",
                "{\"prompt\": []}                              | prompt            | is empty",
                "{\"prompt\": [1, \"a\"]}                      | prompt[1]         | is 'a', but a whole number",
                "{\"prompt\": [\"a\", 1]}                      | prompt[1]         | is 1, but a string",
                "{\"prompt\": [[1], 2]}                        | prompt[1]         | is not a list",
                "{\"prompt\": [512]}                           | prompt[0]         | is 512, allowed are 0 to 511",
                "{\"prompt\": [-1]}                            | prompt[0]         | is -1, allowed are 0 to 511",
                "{\"prompt\": [1e99]}                          | prompt[0]         | a whole number is needed",
                "{\"prompt\": [1.5]}                           | prompt[0]         | is 1.5",
                "{\"prompt\": \"\\ud800\"}                     | prompt            | half of a surrogate pair",
                "{\"prompt\": \"x\", \"model\": \"other\"}     | -                 | there is no model 'other'",
                "{\"prompt\": \"x\", \"model\": 3}             | model             | is 3, but a string",
                "{\"prompt\": \"x\", \"max_tokens\": 0}        | max_tokens        | is 0, allowed are 1 to 50",
                "{\"prompt\": \"x\", \"max_tokens\": -3}       | max_tokens        | is -3",
                "{\"prompt\": \"x\", \"max_tokens\": 51}       | max_tokens        | is 51, allowed are 1 to 50",
                "{\"prompt\": \"x\", \"max_tokens\": \"9\"}    | max_tokens        | is '9', but a whole number",
                "{\"prompt\": \"x\", \"temperature\": 2.1}     | temperature       | is 2.1, allowed are 0 to 2",
                "{\"prompt\": \"x\", \"temperature\": 1e999}   | temperature       | allowed are 0 to 2",
                "{\"prompt\": \"x\", \"temperature\": \"hot\"} | temperature       | is 'hot', but a number",
                "{\"prompt\": \"x\", \"top_p\": 0}             | top_p             | allowed is above 0 to 1",
                "{\"prompt\": \"x\", \"top_p\": 1.01}          | top_p             | is 1.01",
                "{\"prompt\": \"x\", \"min_p\": -0.1}          | min_p             | is -0.1",
                "{\"prompt\": \"x\", \"top_k\": -2}            | top_k             | is -2",
                "{\"prompt\": \"x\", \"seed\": 1e30}           | seed              | a whole number",
                "{\"prompt\": \"x\", \"seed\": 9223372036854775808} | seed         | is 9223372036854775808",
                "{\"prompt\": \"x\", \"n\": 9}                 | n                 | is 9, allowed are 1 to 8",
                "{\"prompt\": [\"x\",\"y\"], \"n\": 5}         | n                 | for each of 2 prompts",
                "{\"prompt\": \"x\", \"n\": 2, \"best_of\": 1} | best_of           | is 1, allowed is at least",
                "{\"prompt\": \"x\", \"best_of\": 2, \"stream\": true} | best_of   | a stream cannot wait",
                "{\"prompt\": \"x\", \"logprobs\": 21}         | logprobs          | is 21, allowed are 0 to 20",
                "{\"prompt\": \"x\", \"logprobs\": true}       | logprobs          | is true, but a whole number",
                "{\"prompt\": \"x\", \"echo\": 1}              | echo              | is 1, but true or false",
                "{\"prompt\": \"x\", \"stop\": [1]}            | stop[0]           | is 1, but a string",
                "{\"prompt\": \"x\", \"stop\": \"\"}           | stop              | 0 characters",
                "{\"prompt\": \"x\", \"logit_bias\": {\"900\": 1}} | logit_bias    | '900', allowed are token ids",
                "{\"prompt\": \"x\", \"logit_bias\": {\"1\": 101}} | logit_bias.1  | is 101",
                "{\"prompt\": \"x\", \"logit_bias\": [1]}      | logit_bias        | is an array, but an object",
                "{\"prompt\": \"x\", \"suffix\": \"y\"}        | suffix            | cannot fill in",
                "{\"prompt\": \"x\", \"stream_options\": {\"include_usage\": true}} | stream_options | 'stream' is true",
            })
    void namesTheFieldAndWhatIsAllowed(String body, String param, String message) throws IOException {
        int status = body.contains("other") ? 404 : 400;
        assertRefused(COMPLETIONS, body, status, param == null ? "null" : param, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                                          | 400 | messages         | is missing",
                "{\"messages\": []}                                          | 400 | messages         | is empty",
                "{\"messages\": [{\"role\": \"user\"}]}                      | 400 | messages[0].content | is missing",
                "{\"messages\": [{\"role\": \"king\", \"content\": \"x\"}]}  | 400 | messages[0].role | is not one of",
                "{\"messages\": [{\"role\": \"tool\", \"content\": \"x\"}]}  | 501 | messages[0].role | not supported",
                "{\"messages\": [3]}                                         | 400 | messages[0]      | is 3, but an object",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]} "
                        + "| 501 | messages[0].content[0].type | only parts of type text",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": [{}]} | 501 | tools | not supported",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"response_format\": {\"type\": \"json_object\"}} "
                        + "| 501 | response_format | only a response_format of type text",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"top_logprobs\": 2} "
                        + "| 400 | top_logprobs | only where 'logprobs' is true",
            })
    void checksConversations(String body, int status, String param, String message) throws IOException {
        assertRefused("/v1/chat/completions", body, status, param, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                             | is empty",
                "{                              | is not JSON, line 1",
                "[1]                            | is an array, but a JSON object",
                "nul                            | is not JSON",
                "{\"prompt\": NaN}              | is not JSON",
                "{\"prompt\": \"x\"} x          | is not JSON",
                "{\"prompt\": 1, \"prompt\": 2} | is not JSON, line 1, column 23: Duplicate Object property \"prompt\"",
            })
    void refusesWhatIsNotJson(String body, String message) throws IOException {
        assertRefused(COMPLETIONS, body, 400, "null", message);
    }

    @Test
    void refusesDeepNesting() throws IOException {
        assertRefused(COMPLETIONS, "{\"x\": " + "[".repeat(500) + "]".repeat(500) + "}", 400, "null", "over a limit");
    }

    @Test
    void refusesBytesThatAreNotUtf8() throws IOException {
        try (RawClient client = server.client()) {
            byte[] body = "{\"prompt\": \"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
            client.send(RawClient.post(COMPLETIONS, body));
            RawClient.Answer answer = client.answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().at("/error/message").stringValue()).contains("UTF-8");
        }
    }

    @Test
    void refusesAPromptOverTheServersLimit() throws IOException {
        assertRefused(COMPLETIONS, "{\"prompt\": [" + "5,".repeat(100) + "5]}", 400, "prompt", "has 101 tokens");
    }

    @Test
    void refusesALongBody() throws IOException {
        try (RawClient client = server.client()) {
            client.send("POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 1000000\r\n\r\n{");
            RawClient.Answer answer = client.answer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.json().at("/error/message").stringValue()).contains(" " + BODY_MAX + " ");
        }
    }

    @Test
    void refusesALongBodyWithoutALengthBeforehand() throws IOException {
        try (RawClient client = server.client()) {
            client.send("POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n1388\r\n" + " ".repeat(5_000) + "\r\n0\r\n\r\n");
            assertThat(client.answer().status()).isEqualTo(413);
        }
    }

    @Test
    void refusesAnotherContentType() throws IOException {
        try (RawClient client = server.client()) {
            client.send("POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                    + "Content-Length: 2\r\n\r\n{}");
            assertThat(client.answer().status()).isEqualTo(415);
        }
    }

    @Test
    void knowsPathsAndMethods() throws IOException {
        try (RawClient client = server.client()) {
            assertThat(client.get("/nothing").status()).isEqualTo(404);
            RawClient.Answer wrong = client.get(COMPLETIONS);
            assertThat(wrong.status()).isEqualTo(405);
            assertThat(wrong.headers()).containsEntry("allow", "POST");
            assertThat(client.post("/v1/models", "{}").status()).isEqualTo(405);
            assertThat(client.get("/v1/models/other").status()).isEqualTo(404);
            assertThat(client.get("/v1/models/" + TestServer.MODEL).status()).isEqualTo(200);
        }
    }

    @Test
    void answersWhatIsNotHttpInTheSameShape() throws IOException {
        for (String bad : new String[] {
            "GET\r\n\r\n",
            "GET / HTTP/9.9\r\n\r\n",
            "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + "y".repeat(9_000) + "\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"
        }) {
            try (RawClient client = server.client()) {
                client.send(bad);
                RawClient.Answer answer = client.answer();
                assertThat(answer.status()).as(bad).isBetween(400, 499);
                assertThat(answer.json().at("/error/message").stringValue()).isNotEmpty();
            }
        }
    }

    @Test
    void toleratesUnknownFields() throws IOException {
        try (RawClient client = server.client()) {
            RawClient.Answer answer = client.post(
                    COMPLETIONS, "{\"prompt\": \"x\", \"max_tokens\": 1, \"store\": true, \"x\": {\"y\": [1]}}");
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        }
    }
}
