package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.http.ClientWatcher;
import dev.lockstep.server.http.Endpoint;
import dev.lockstep.server.http.Exchange;
import dev.lockstep.server.metrics.Operation;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** {@code POST /v1/responses}: text in, text out. Nothing is stored. */
public final class ResponsesEndpoint implements Endpoint {
    private final ServedModel model;

    /** Answers by this model. */
    public ResponsesEndpoint(ServedModel model) {
        this.model = model;
    }

    @Override
    public void answer(Exchange exchange) throws IOException {
        ResponseRequest request = ResponseRequest.of(exchange.fields(), model);
        try (Choices choices = Choices.of(model, Operation.CHAT, exchange);
                ClientWatcher.Watch _ = exchange.watch(choices::cancel)) {
            Shape shape = new Shape(request, exchange.id(), choices);
            choices.submit(List.of(request.group(model, exchange.tenant())));
            if (!request.stream()) {
                exchange.json(shape.after(choices.await().getFirst()));
                return;
            }
            ResponseEvents events = new ResponseEvents(exchange.events(), shape.itemId(), shape);
            try {
                choices.stream(events);
            } catch (ApiException e) {
                events.fail(e);
            }
        }
    }

    /** The answer to one request, at any moment. */
    private final class Shape implements ResponseEvents.Shape {
        private final ResponseRequest request;
        private final String id;
        private final Choices choices;
        private final long createdAt = System.currentTimeMillis() / 1_000;

        Shape(ResponseRequest request, String id, Choices choices) {
            this.request = request;
            this.id = id;
            this.choices = choices;
        }

        String itemId() {
            return "msg_" + id;
        }

        @Override
        public ResponseBody before(ApiException failure) {
            ResponseBody.Failure error =
                    failure == null ? null : new ResponseBody.Failure("server_error", failure.getMessage());
            return body(failure == null ? "in_progress" : "failed", error, List.of(), null);
        }

        @Override
        public ResponseBody after(Completion completion) throws IOException {
            boolean cut = choices.finishReason(completion).equals("length");
            String status = cut ? "incomplete" : "completed";
            ResponseBody.Item item =
                    ResponseBody.Item.message(itemId(), status, List.of(ResponseBody.Part.of(completion.text())));
            return body(status, null, List.of(item), completion);
        }

        private ResponseBody body(
                String status, ResponseBody.Failure error, List<ResponseBody.Item> output, Completion completion) {
            List<Completion> ended = completion == null ? List.of() : List.of(completion);
            return new ResponseBody(
                    "resp_" + id,
                    "response",
                    createdAt,
                    status,
                    error,
                    status.equals("incomplete") ? new ResponseBody.Incomplete("max_output_tokens") : null,
                    request.instructions(),
                    request.maxOutputTokens(),
                    model.id(),
                    output,
                    true,
                    null,
                    false,
                    request.sampling().parameters().temperature(),
                    new ResponseBody.TextFormat(new ResponseBody.Format("text")),
                    "auto",
                    List.of(),
                    request.sampling().parameters().topP(),
                    "disabled",
                    completion == null ? null : ResponseBody.ResponseUsage.of(Usage.of(ended, 1)),
                    Map.of(),
                    completion == null ? null : TimingsBody.of(ended));
        }
    }
}
