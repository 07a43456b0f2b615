package dev.lockstep.server.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Token;
import dev.lockstep.server.http.ClientWatcher;
import dev.lockstep.server.http.Endpoint;
import dev.lockstep.server.http.Exchange;
import dev.lockstep.server.metrics.Operation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/chat/completions}: answers in a conversation. */
public final class ChatEndpoint implements Endpoint {
    /** An answer. */
    record ChatChoice(int index, Message message, ChatLogprobs logprobs, String finishReason) {}

    /** What is said in an answer; {@code refusal} is always null. */
    record Message(String role, String content, String refusal) {}

    /** What was added to an answer; {@code finishReason} is null while it goes on. */
    record ChatDelta(int index, Delta delta, ChatLogprobs logprobs, String finishReason) {}

    /** What is new; null is what is not. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Delta(String role, String content) {}

    private static final String ROLE = "assistant";

    private final ServedModel model;

    /** Conversations with this model. */
    public ChatEndpoint(ServedModel model) {
        this.model = model;
    }

    @Override
    public void answer(Exchange exchange) throws IOException {
        ChatRequest request = ChatRequest.of(exchange.fields(), model);
        String id = "chatcmpl-" + exchange.id();
        long created = System.currentTimeMillis() / 1_000;
        try (Choices choices = Choices.of(model, Operation.CHAT, exchange);
                ClientWatcher.Watch _ = exchange.watch(choices::cancel)) {
            choices.submit(List.of(request.group(model, exchange.tenant())));
            if (request.stream()) {
                EventSeries<ChatDelta> series = new EventSeries<>(
                        exchange.events(), id, "chat.completion.chunk", created, model.id(), request.includeUsage());
                series.run(choices, new ChatEvents(request, choices, series), request.n());
                return;
            }
            List<Completion> all = choices.await();
            exchange.json(new Envelope<>(
                            id,
                            "chat.completion",
                            created,
                            model.id(),
                            told(request, choices, all),
                            TimingsBody.of(all))
                    .with(Usage.of(all, request.n())));
        }
    }

    private List<ChatChoice> told(ChatRequest request, Choices choices, List<Completion> all) throws IOException {
        List<ChatChoice> told = new ArrayList<>();
        for (Completion completion : all) {
            String finish = choices.finishReason(completion);
            ChatLogprobs logprobs =
                    request.topLogprobs() < 0 ? null : ChatLogprobs.of(model.tokenizer(), completion.logprobs());
            told.add(new ChatChoice(told.size(), new Message(ROLE, completion.text(), null), logprobs, finish));
        }
        return told;
    }

    /** Answers as events: who speaks, what is said, and that it ends. */
    private final class ChatEvents implements Choices.Listener {
        private final Choices choices;
        private final EventSeries<ChatDelta> series;
        /** Which choices have begun; each used by the thread that tells of it. */
        private final boolean[] begun;

        ChatEvents(ChatRequest request, Choices choices, EventSeries<ChatDelta> series) {
            this.choices = choices;
            this.series = series;
            this.begun = new boolean[request.n()];
        }

        @Override
        public void begin(int choice, Generation generation) {
            // The first event is sent with the first token: until then the status can still tell of a failure.
        }

        private void role(int choice) throws IOException {
            if (!begun[choice]) {
                begun[choice] = true;
                series.choice(new ChatDelta(choice, new Delta(ROLE, ""), null, null));
            }
        }

        @Override
        public void token(int choice, Token token) throws IOException {
            role(choice);
            ChatLogprobs logprobs =
                    token.logprobs() == null ? null : ChatLogprobs.of(model.tokenizer(), List.of(token.logprobs()));
            if (!token.text().isEmpty() || logprobs != null) {
                series.choice(new ChatDelta(choice, new Delta(null, token.text()), logprobs, null));
            }
        }

        @Override
        public void end(int choice, Completion completion) throws IOException {
            String finish = choices.finishReason(completion);
            role(choice);
            series.end(new ChatDelta(choice, new Delta(null, null), null, finish), completion);
        }

        @Override
        public void pause() throws IOException {
            series.flush();
        }
    }
}
