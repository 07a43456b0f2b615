package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Token;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.http.EventStream;
import java.io.IOException;
import java.util.List;

/** The events of one answer of {@code /v1/responses}: each has its type as its name, and a number. */
final class ResponseEvents implements Choices.Listener {
    /** The answer as a whole, before, while or after it is given. */
    record OfResponse(String type, int sequenceNumber, ResponseBody response) {}

    /** A message of the answer. */
    record OfItem(String type, int sequenceNumber, int outputIndex, ResponseBody.Item item) {}

    /** A part of a message. */
    record OfPart(
            String type,
            int sequenceNumber,
            String itemId,
            int outputIndex,
            int contentIndex,
            ResponseBody.Part part) {}

    /** More text. */
    record Delta(
            String type,
            int sequenceNumber,
            String itemId,
            int outputIndex,
            int contentIndex,
            String delta,
            List<String> logprobs) {}

    /** All text. */
    record Done(
            String type,
            int sequenceNumber,
            String itemId,
            int outputIndex,
            int contentIndex,
            String text,
            List<String> logprobs) {}

    /** Makes the answer as it is at a moment. */
    interface Shape {
        /** The answer before it ends, or after it has failed with {@code failure}. */
        ResponseBody before(ApiException failure);

        /** The answer at its end. */
        ResponseBody after(Completion completion) throws IOException;
    }

    private final EventStream events;
    private final String itemId;
    private final Shape shape;
    private final StringBuilder text = new StringBuilder();
    private int number;

    ResponseEvents(EventStream events, String itemId, Shape shape) {
        this.events = events;
        this.itemId = itemId;
        this.shape = shape;
    }

    @Override
    public void begin(int choice, Generation generation) {
        // The first events are sent with the first token: until then the status can still tell of a failure.
    }

    private void open() throws IOException {
        if (number > 0) {
            return;
        }
        events.named("response.created", new OfResponse("response.created", number++, shape.before(null)));
        events.named("response.in_progress", new OfResponse("response.in_progress", number++, shape.before(null)));
        item("response.output_item.added", "in_progress", List.of());
        part("response.content_part.added", "");
    }

    private void item(String type, String status, List<ResponseBody.Part> content) throws IOException {
        events.named(type, new OfItem(type, number++, 0, ResponseBody.Item.message(itemId, status, content)));
    }

    private void part(String type, String content) throws IOException {
        events.named(type, new OfPart(type, number++, itemId, 0, 0, ResponseBody.Part.of(content)));
    }

    @Override
    public void token(int choice, Token token) throws IOException {
        open();
        if (!token.text().isEmpty()) {
            text.append(token.text());
            String type = "response.output_text.delta";
            events.named(type, new Delta(type, number++, itemId, 0, 0, token.text(), List.of()));
        }
    }

    @Override
    public void end(int choice, Completion completion) throws IOException {
        ResponseBody whole = shape.after(completion);
        open();
        String type = "response.output_text.done";
        events.named(type, new Done(type, number++, itemId, 0, 0, text.toString(), List.of()));
        part("response.content_part.done", text.toString());
        item(
                "response.output_item.done",
                whole.status(),
                whole.output().getFirst().content());
        String last = "response." + whole.status();
        events.last(last, new OfResponse(last, number++, whole));
    }

    @Override
    public void pause() throws IOException {
        events.flush();
    }

    /** Ends the stream because the answer cannot be given. */
    void fail(ApiException failure) throws IOException {
        if (number == 0) {
            throw failure;
        }
        events.last("response.failed", new OfResponse("response.failed", number++, shape.before(failure)));
    }
}
