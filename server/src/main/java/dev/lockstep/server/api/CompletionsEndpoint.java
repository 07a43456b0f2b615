package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Token;
import dev.lockstep.sample.TokenLogprobs;
import dev.lockstep.server.http.ClientWatcher;
import dev.lockstep.server.http.Endpoint;
import dev.lockstep.server.http.Exchange;
import dev.lockstep.server.metrics.Operation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** {@code POST /v1/completions}: continues texts. */
public final class CompletionsEndpoint implements Endpoint {
    private static final String OBJECT = "text_completion";

    /**
     * A completion, or what was added to it.
     *
     * @param finishReason null while it goes on
     */
    record TextChoice(int index, String text, TextLogprobs logprobs, String finishReason) {}

    private final ServedModel model;

    /** Completions by this model. */
    public CompletionsEndpoint(ServedModel model) {
        this.model = model;
    }

    @Override
    public void answer(Exchange exchange) throws IOException {
        CompletionRequest request = CompletionRequest.of(exchange.fields(), model);
        String id = "cmpl-" + exchange.id();
        long created = System.currentTimeMillis() / 1_000;
        try (Choices choices = Choices.of(model, Operation.COMPLETION, exchange);
                ClientWatcher.Watch _ = exchange.watch(choices::cancel)) {
            choices.submit(request.groups(model, exchange.tenant()));
            if (request.stream()) {
                EventSeries<TextChoice> series =
                        new EventSeries<>(exchange.events(), id, OBJECT, created, model.id(), request.includeUsage());
                series.run(choices, new TextEvents(request, choices, series), request.n());
                return;
            }
            List<Completion> all = choices.await();
            List<TextChoice> told = told(request, choices, all);
            exchange.json(new Envelope<>(id, OBJECT, created, model.id(), told, TimingsBody.of(all))
                    .with(Usage.of(all, request.bestOf())));
        }
    }

    /** Of each prompt's completions the likeliest, by the mean over their tokens; all if no more were generated. */
    private List<TextChoice> told(CompletionRequest request, Choices choices, List<Completion> all) throws IOException {
        List<TextChoice> told = new ArrayList<>();
        for (int from = 0; from < all.size(); from += request.bestOf()) {
            List<Completion> candidates = new ArrayList<>(all.subList(from, from + request.bestOf()));
            if (request.bestOf() > request.n()) {
                candidates.sort(Comparator.comparingDouble(CompletionsEndpoint::meanLogprob)
                        .reversed());
            }
            for (Completion completion : candidates.subList(0, request.n())) {
                String finish = choices.finishReason(completion);
                told.add(choice(request, told.size(), request.promptOf(from), completion, finish));
            }
        }
        return told;
    }

    private static double meanLogprob(Completion completion) {
        return completion.logprobs().stream()
                .mapToDouble(TokenLogprobs::logprob)
                .average()
                .orElse(0);
    }

    private TextChoice choice(
            CompletionRequest request, int index, Prompt prompt, Completion completion, String finish) {
        String text = request.echo() ? prompt.text() + completion.text() : completion.text();
        if (request.logprobs() < 0) {
            return new TextChoice(index, text, null, finish);
        }
        TextLogprobs.Builder logprobs = new TextLogprobs.Builder(model.tokenizer(), request.logprobs() > 0);
        if (request.echo()) {
            addPrompt(logprobs, prompt, completion.promptLogprobs());
        }
        for (int i = 0; i < completion.tokens().size(); i++) {
            logprobs.add(completion.tokens().get(i), completion.logprobs().get(i));
        }
        return new TextChoice(index, text, logprobs.take(), finish);
    }

    private static void addPrompt(TextLogprobs.Builder logprobs, Prompt prompt, List<TokenLogprobs> values) {
        for (int i = 0; i < prompt.tokens().length; i++) {
            logprobs.add(prompt.tokens()[i], values.get(i));
        }
    }

    /** Completions as events. */
    private final class TextEvents implements Choices.Listener {
        private final CompletionRequest request;
        private final Choices choices;
        private final EventSeries<TextChoice> series;
        /** One for each choice, used by the thread that tells of it. */
        private final List<TextLogprobs.Builder> logprobs = new ArrayList<>();

        TextEvents(CompletionRequest request, Choices choices, EventSeries<TextChoice> series) {
            this.request = request;
            this.choices = choices;
            this.series = series;
            for (int i = 0; i < request.prompts().size() * request.n(); i++) {
                logprobs.add(new TextLogprobs.Builder(model.tokenizer(), request.logprobs() > 0));
            }
        }

        @Override
        public void begin(int choice, Generation generation) throws IOException {
            if (!request.echo()) {
                return;
            }
            Prompt prompt = request.promptOf(choice);
            if (request.logprobs() >= 0) {
                addPrompt(logprobs.get(choice), prompt, generation.promptLogprobs());
            }
            series.choice(
                    new TextChoice(choice, prompt.text(), logprobs.get(choice).take(), null));
        }

        @Override
        public void token(int choice, Token token) throws IOException {
            if (token.logprobs() != null) {
                logprobs.get(choice).add(token.id(), token.logprobs());
            }
            TextLogprobs added = logprobs.get(choice).take();
            if (!token.text().isEmpty() || added != null) {
                series.choice(new TextChoice(choice, token.text(), added, null));
            }
        }

        @Override
        public void end(int choice, Completion completion) throws IOException {
            series.end(new TextChoice(choice, "", null, choices.finishReason(completion)), completion);
        }

        @Override
        public void pause() throws IOException {
            series.flush();
        }
    }
}
