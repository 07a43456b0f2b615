package dev.lockstep.engine;

import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.text.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A random mix of requests that influence each other's schedule in every way there is, and nobody's tokens: some come when
 * others have got so far, some are cancelled, some pause, some begin alike, some want to know more than tokens.
 */
record Mix(long seed, List<Caller> callers) {
    static final int PROMPT_MAX = 600;
    static final int OUTPUT_MAX = 200;
    static final int CONTEXT = PROMPT_MAX + OUTPUT_MAX + 1;
    private static final int VOCABULARY = 512;

    /**
     * What one caller does.
     *
     * @param submitAfter an earlier request, or −1 to submit at once
     * @param submitAfterTokens how many tokens of that request to wait for
     * @param cancelAfter cancels after so many tokens, or −1
     */
    record Caller(Request request, int submitAfter, int submitAfterTokens, int cancelAfter) {}

    static Mix of(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        int count = 2 + random.nextInt(7);
        List<int[]> prompts = new ArrayList<>();
        List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            prompts.add(prompt(random, prompts));
            boolean atOnce = i == 0 || random.nextInt(3) > 0;
            callers.add(new Caller(
                    request(random, prompts.get(i)),
                    atOnce ? -1 : random.nextInt(i),
                    random.nextInt(20),
                    random.nextInt(6) == 0 ? random.nextInt(30) : -1));
        }
        return new Mix(seed, callers);
    }

    /** Mostly short, sometimes as long as allowed; a third begin as an earlier one does. */
    private static int[] prompt(RandomGenerator random, List<int[]> earlier) {
        int longest = random.nextInt(4) == 0 ? PROMPT_MAX : 60;
        int[] prompt = random.ints(1 + random.nextInt(longest), 3, VOCABULARY).toArray();
        if (!earlier.isEmpty() && random.nextInt(3) == 0) {
            int[] other = earlier.get(random.nextInt(earlier.size()));
            System.arraycopy(other, 0, prompt, 0, Math.min(other.length, prompt.length));
        }
        return prompt;
    }

    /** A request with a prompt of so many tokens, for just so many tokens. */
    static Request request(RandomGenerator random, Vocabulary vocabulary, int promptTokens, int tokens) {
        Map<Integer, Float> noEnd = IntStream.range(0, VOCABULARY)
                .filter(vocabulary::isEndOfGeneration)
                .boxed()
                .collect(Collectors.toMap(Function.identity(), _ -> Float.NEGATIVE_INFINITY));
        return Request.ofTokens(random.ints(promptTokens, 3, VOCABULARY).toArray())
                .maxTokens(tokens)
                .sampling(new SamplingParameters(random.nextInt(2), 0, 1, 0, 1, 0, 0, noEnd, random.nextLong()));
    }

    private static Request request(RandomGenerator random, int[] prompt) {
        int longest = random.nextInt(4) == 0 ? OUTPUT_MAX : 40;
        float temperature = random.nextInt(3) == 0 ? 0 : (float) (1.5 * random.nextDouble());
        SamplingParameters sampling = new SamplingParameters(
                temperature,
                random.nextInt(2) * 40,
                random.nextBoolean() ? 1 : 0.9f,
                random.nextBoolean() ? 0 : 0.01f,
                random.nextBoolean() ? 1 : 1.1f,
                0,
                0,
                random.nextBoolean() ? Map.of() : Map.of(Models.EOS, Float.NEGATIVE_INFINITY),
                random.nextLong());
        Request request = Request.ofTokens(prompt)
                .maxTokens(1 + random.nextInt(longest))
                .sampling(sampling)
                .tenant(random.nextBoolean() ? "one" : "two")
                .priority(random.nextInt(3));
        boolean pauses = random.nextInt(4) == 0;
        return asking(random, pauses ? request.callAfter(1 + random.nextInt(10), pause(random.nextInt(4))) : request);
    }

    /** Mostly asks for tokens alone. */
    private static Request asking(RandomGenerator random, Request request) {
        int top = random.nextInt(4);
        return switch (random.nextInt(10)) {
            case 0 -> request.logprobs(top);
            case 1 -> request.logprobs(0).promptLogprobs(top);
            case 2 -> request.promptOnly().promptLogprobs(top);
            case 3 -> request.embedding(top == 0 ? Pooling.LAST : Pooling.MEAN, top == 1);
            default -> request;
        };
    }

    /** Something outside that takes a few turns of other threads, or none. */
    private static Supplier<CompletableFuture<?>> pause(int turns) {
        return () -> turns == 0
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 100 * turns; i++) {
                        Thread.yield();
                    }
                });
    }

    /** What the requests' tokens are when each has the engine for itself. */
    List<Completion> alone(Engine engine) {
        return callers.stream()
                .map(caller -> engine.submit(caller.request()).await())
                .toList();
    }

    /** Runs all callers at once. */
    List<Completion> together(Engine engine) throws InterruptedException, ExecutionException {
        List<CompletableFuture<Generation>> submitted =
                callers.stream().map(_ -> new CompletableFuture<Generation>()).toList();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Completion>> ends = new ArrayList<>();
            for (int i = 0; i < callers.size(); i++) {
                int number = i;
                ends.add(threads.submit(() -> call(engine, number, submitted)));
            }
            List<Completion> completions = new ArrayList<>();
            for (Future<Completion> end : ends) {
                completions.add(end.get());
            }
            return completions;
        }
    }

    private Completion call(Engine engine, int number, List<CompletableFuture<Generation>> submitted)
            throws InterruptedException, ExecutionException {
        Caller caller = callers.get(number);
        try {
            if (caller.submitAfter() >= 0) {
                read(submitted.get(caller.submitAfter()).get(), caller.submitAfterTokens());
            }
            submitted.get(number).complete(engine.submit(caller.request()));
        } catch (RuntimeException | Error e) {
            submitted.get(number).completeExceptionally(e);
            throw e;
        }
        Generation generation = submitted.get(number).get();
        if (caller.cancelAfter() >= 0) {
            read(generation, caller.cancelAfter());
            generation.cancel();
        }
        return generation.await();
    }

    private static void read(Generation generation, int tokens) {
        var stream = generation.iterator();
        for (int i = 0; i < tokens && stream.hasNext(); i++) {
            stream.next();
        }
    }

    /** The mix in short, for a failure's message. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("mix " + seed + ":");
        for (Caller caller : callers) {
            text.append(" [prompt ").append(caller.request().tokens().length);
            text.append(" output ").append(caller.request().maxTokens());
            text.append(" calls ")
                    .append(Arrays.toString(caller.request().calls().stream()
                            .mapToInt(Request.ExternalCall::afterTokens)
                            .toArray()));
            text.append(caller.cancelAfter() < 0 ? "]" : " cancelled after " + caller.cancelAfter() + "]");
        }
        return text.toString();
    }
}
