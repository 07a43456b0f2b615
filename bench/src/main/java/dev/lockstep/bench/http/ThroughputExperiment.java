package dev.lockstep.bench.http;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.engine.Token;
import dev.lockstep.sample.SamplingParameters;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What it costs to have HTTP in between: the same streams, at the same time, of an engine in this process and of a
 * server, in turns. Prompts, limits and how tokens are chosen are the same, and so must the texts be. Readers follow
 * every token, here and there.
 */
public final class ThroughputExperiment {
    private static final int SILENCE_MS = 600_000;
    private static final double NANOSECONDS = 1e9;
    /** The least bias that the server's clients may give a token; as good as forbidden. */
    private static final int NEVER = -100;

    /** A stream to ask for, in both ways. */
    private record Stream(Request request, byte[] body) {}

    /** What a stream said. */
    private record Said(String text, int tokens) {}

    /**
     * Tokens a second, of all streams together, one figure a round.
     *
     * @param inProcess of the engine in this process
     * @param served of the server
     * @param textsEqual whether all streams said the same in both
     */
    public record Result(List<Double> inProcess, List<Double> served, boolean textsEqual) {}

    private final Engine engine;
    private final URI server;
    private final List<Stream> streams;

    /**
     * @param prompts token ids, one prompt a stream
     * @param tokens tokens of each answer
     */
    public ThroughputExperiment(Engine engine, URI server, List<int[]> prompts, int tokens) {
        this.engine = engine;
        this.server = server;
        this.streams = prompts.stream().map(prompt -> stream(prompt, tokens)).toList();
    }

    /** Greedy, and with no end of its own, so that every round has as many tokens. */
    private Stream stream(int[] prompt, int tokens) {
        var ends = engine.tokenizer().vocabulary().endOfGeneration();
        StringBuilder biases = new StringBuilder();
        Map<Integer, Float> forbidden = new HashMap<>();
        for (int end : ends) {
            biases.append(biases.isEmpty() ? "" : ", ")
                    .append("\"")
                    .append(end)
                    .append("\": ")
                    .append(NEVER);
            forbidden.put(end, (float) NEVER);
        }
        String body = "{\"prompt\": [" + CheckedRequest.joined(prompt) + "], \"max_tokens\": " + tokens
                + ", \"temperature\": 0, \"logit_bias\": {" + biases + "}, \"stream\": true, "
                + "\"stream_options\": {\"include_usage\": true}}";
        Request request = Request.ofTokens(prompt)
                .maxTokens(tokens)
                .sampling(new SamplingParameters(0, 0, 1, 0, 1, 0, 0, forbidden, 0));
        return new Stream(request, body.getBytes(StandardCharsets.US_ASCII));
    }

    /** Runs one round of each that does not count, and then so many of each that do. */
    public Result run(int rounds) throws IOException, InterruptedException {
        List<Double> inProcess = new ArrayList<>();
        List<Double> served = new ArrayList<>();
        boolean equal = true;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round <= rounds; round++) {
                List<Said> here = new ArrayList<>();
                List<Said> there = new ArrayList<>();
                double rateHere = round(threads, this::generate, here);
                double rateThere = round(threads, this::ask, there);
                equal &= here.equals(there);
                if (round > 0) {
                    inProcess.add(rateHere);
                    served.add(rateThere);
                }
            }
        }
        return new Result(inProcess, served, equal);
    }

    private interface Way {
        Said say(Stream stream) throws IOException;
    }

    /** All streams at once; returns their tokens a second. */
    private double round(ExecutorService threads, Way way, List<Said> all) throws IOException, InterruptedException {
        long beginNs = System.nanoTime();
        List<Callable<Said>> tasks = new ArrayList<>();
        streams.forEach(stream -> tasks.add(() -> way.say(stream)));
        for (Future<Said> task : threads.invokeAll(tasks)) {
            try {
                all.add(task.get());
            } catch (ExecutionException e) {
                throw new IOException("a stream failed: " + e.getCause().getMessage(), e.getCause());
            }
        }
        double seconds = (System.nanoTime() - beginNs) / NANOSECONDS;
        return all.stream().mapToInt(Said::tokens).sum() / seconds;
    }

    private Said generate(Stream stream) {
        Generation generation = engine.submit(stream.request);
        StringBuilder text = new StringBuilder();
        int tokens = 0;
        for (Token token : generation) {
            text.append(token.text());
            tokens++;
        }
        return new Said(text.toString(), tokens);
    }

    private Said ask(Stream stream) throws IOException {
        try (HttpConnection connection = new HttpConnection(server, SILENCE_MS)) {
            connection.post("/v1/completions", stream.body);
            int status = connection.head().status();
            byte[] body = connection.body();
            if (status != 200) {
                throw new IOException("status " + status + ": " + new String(body, StandardCharsets.UTF_8).strip());
            }
            StreamText answer = StreamText.of(body, body.length);
            return new Said(answer.text(), answer.outputTokens());
        }
    }
}
