package dev.lockstep.server;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Random requests of which every one is wrong. */
final class BadRequests {
    private static final String[] PATHS = {"/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"};

    /** Values that are wrong for every field that is drawn below, as JSON. */
    private static final String[] WRONG_FOR_ALL = {
        "{}", "[{}]", "[[[]]]", "\"\\ud800\"", "{\"a\": {\"b\": []}}", "[true]", "[\"\\udc00\"]"
    };

    private static final String[] NUMBER_FIELDS = {
        "max_tokens",
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "n",
        "seed",
        "presence_penalty",
        "frequency_penalty",
        "repetition_penalty"
    };

    private static final String[] WRONG_NUMBERS = {
        "-5e300",
        "1e400",
        "-1e400",
        "\"1\"",
        "true",
        "[]",
        "{}",
        "[1]",
        "123456789012345678901234567890",
        "\"NaN\"",
        "-99999999999999999999",
        "1e30",
        "\"\"",
        "\"\\u0000\""
    };

    private static final String[] NOT_JSON = {
        "",
        "{",
        "}",
        "[",
        "]",
        "nul",
        "NaN",
        "Infinity",
        "'x'",
        "{\"prompt\"}",
        "{\"prompt\":}",
        "{prompt: 1}",
        "{\"prompt\": \"x\",}",
        "{\"prompt\": 01}",
        "{\"prompt\": .5}",
        "{\"prompt\": +1}",
        "{\"prompt\": \"\t\"}",
        "{\"prompt\": \"\\x\"}",
        "{\"prompt\": NaN}",
        "{\"prompt\": -Infinity}",
        "{\"prompt\": \"x\"}}",
        "{\"prompt\": \"x\"} {}",
        "{\"prompt\": \"x\", \"prompt\": \"y\"}",
        "\"prompt\"",
        "5",
        "null",
        "true",
        "// comment\n{}",
        "/* */ {}",
        "\uFEFF{\"prompt\": \"x\"}"
    };

    private static final String[] NOT_HTTP = {
        "GET\r\n\r\n",
        "\u0000\u0001\u0002\r\n\r\n",
        "GET / HTTP/7.3\r\n\r\n",
        "GET /\u0000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        " / HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n"
    };

    /**
     * One of them.
     *
     * @param what kind of wrong, for messages
     * @param keepsConnection whether another request may follow on its connection
     * @param endsInput whether nothing follows it, which the server is to notice
     */
    record Bad(String what, byte[] bytes, boolean keepsConnection, boolean endsInput) {}

    private final Random random;

    BadRequests(Random random) {
        this.random = random;
    }

    private String any(String... of) {
        return of[random.nextInt(of.length)];
    }

    Bad next() {
        return switch (random.nextInt(14)) {
            case 0 -> json("not JSON", any(PATHS), any(NOT_JSON));
            case 1 -> bytes();
            case 2 -> deep();
            case 3, 4, 5 -> wrongNumber();
            case 6, 7 -> wrongPrompt();
            case 8 -> wrongMessages();
            case 9 -> wrongTokens();
            case 10 -> pathOrMethod();
            case 11 -> framing();
            case 12 -> truncated();
            default -> notHttp();
        };
    }

    private Bad json(String what, String path, String body) {
        return new Bad(what + ": " + body, RawClient.post(path, body.getBytes(StandardCharsets.UTF_8)), true, false);
    }

    private Bad bytes() {
        byte[] body = new byte[1 + random.nextInt(200)];
        random.nextBytes(body);
        body[0] = (byte) 0xFF;
        return new Bad("random bytes", RawClient.post(any(PATHS), body), true, false);
    }

    private Bad deep() {
        int depth = 70 + random.nextInt(20_000);
        String open = random.nextBoolean() ? "[" : "{\"a\":";
        return json("deep", any(PATHS), "{\"prompt\": " + open.repeat(depth));
    }

    private Bad wrongNumber() {
        String field = any(NUMBER_FIELDS);
        String value = any(WRONG_NUMBERS);
        String body = "{\"prompt\": \"x\", \"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"" + field
                + "\": " + value + "}";
        return json("number", any(PATHS[0], PATHS[1]), body);
    }

    private Bad wrongPrompt() {
        String value = any(
                any(WRONG_FOR_ALL),
                "5",
                "true",
                "null",
                "[]",
                "[[]]",
                "[1, \"x\"]",
                "[-1]",
                "[512]",
                "[1e9]",
                "[0.5]",
                "[[1], [99999]]",
                "[" + "1,".repeat(300) + "1]",
                "\"" + "word ".repeat(400) + "\"",
                "[null]");
        return json("prompt", PATHS[0], "{\"max_tokens\": 1, \"prompt\": " + value + "}");
    }

    private Bad wrongMessages() {
        String value = any(
                any(WRONG_FOR_ALL),
                "5",
                "null",
                "[]",
                "\"x\"",
                "[5]",
                "[null]",
                "[{\"role\": \"user\"}]",
                "[{\"content\": \"x\"}]",
                "[{\"role\": \"nobody\", \"content\": \"x\"}]",
                "[{\"role\": 1, \"content\": \"x\"}]",
                "[{\"role\": \"user\", \"content\": 7}]",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"video\"}]}]",
                "[{\"role\": \"user\", \"content\": [5]}]",
                "[{\"role\": \"user\", \"content\": \"\\ud834\"}]");
        return json("messages", PATHS[1], "{\"messages\": " + value + "}");
    }

    private Bad wrongTokens() {
        String value = any("5", "\"x\"", "{}", "[512]", "[-1]", "[1.5]", "[true]", "[null]", "[1e99]", "null");
        return json("tokens", PATHS[3], "{\"tokens\": " + value + "}");
    }

    private Bad pathOrMethod() {
        String line = any(
                "GET /v1/completions",
                "DELETE /v1/completions",
                "PUT /tokenize",
                "GET /v1",
                "GET /../../etc/passwd",
                "GET /v1/models/none",
                "POST /health",
                "PATCH /version",
                "OPTIONS /v1/completions",
                "GET /v1/completions/",
                "TRACE /",
                "GET //",
                "BREW /pot",
                "GET /" + "a".repeat(random.nextInt(4_000)));
        byte[] bytes =
                (line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").getBytes(StandardCharsets.UTF_8);
        return new Bad(line, bytes, false, false);
    }

    /** Shapes by which a request could be smuggled past another server, and sizes that cannot be. */
    private Bad framing() {
        String head = any(
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: xchunked",
                "Content-Length: -1",
                "Content-Length: 99999999999999999999",
                "Content-Length: 0x10",
                "Content-Length: 1 2",
                "Content-Length: 999999999",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "X: " + "y".repeat(40_000),
                ("X-" + random.nextInt() + ": y\r\n").repeat(3_000) + "Z: z");
        String request = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + head
                + "\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        return new Bad("framing: " + head.substring(0, Math.min(60, head.length())), bytes(request), false, true);
    }

    /** The client goes away in the middle of a body. */
    private Bad truncated() {
        String request = "POST " + any(PATHS) + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + any(
                        "Content-Length: 500\r\n\r\n{\"prompt\": \"x",
                        "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"pr",
                        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
                        "Content-Le");
        return new Bad("truncated", bytes(request), false, true);
    }

    private Bad notHttp() {
        return new Bad("not HTTP", bytes(any(NOT_HTTP)), false, true);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
