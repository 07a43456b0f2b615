package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.http.EventStream;
import java.io.IOException;
import java.util.List;

/**
 * The events of one answer: envelopes around single choices, then the number of tokens if it was asked for, then the end.
 *
 * @param <C> the kind of choice
 */
final class EventSeries<C> {
    private final EventStream events;
    private final String id;
    private final String object;
    private final long created;
    private final String model;
    private final boolean includeUsage;

    EventSeries(EventStream events, String id, String object, long created, String model, boolean includeUsage) {
        this.events = events;
        this.id = id;
        this.object = object;
        this.created = created;
        this.model = model;
        this.includeUsage = includeUsage;
    }

    /** An event with one choice that goes on. */
    void choice(C choice) throws IOException {
        send(List.of(choice), null);
    }

    /** The event with which a choice ends. */
    void end(C choice, Completion completion) throws IOException {
        send(List.of(choice), TimingsBody.of(List.of(completion)));
    }

    /** Sends the events so far. */
    void flush() throws IOException {
        events.flush();
    }

    private void send(List<C> choices, TimingsBody timings) throws IOException {
        Envelope<C> envelope = new Envelope<>(id, object, created, model, choices, timings);
        events.event(includeUsage ? envelope.with(null) : envelope);
    }

    /**
     * Has choices streamed and ends the stream, exactly once, with a reason if they fail.
     *
     * @param perPrompt how many choices one prompt has
     */
    void run(Choices choices, Choices.Listener listener, int perPrompt) throws IOException {
        try {
            choices.stream(listener);
            if (includeUsage) {
                Usage usage = Usage.of(choices.await(), perPrompt);
                events.event(new Envelope<C>(id, object, created, model, List.of(), null).with(usage));
            }
        } catch (ApiException e) {
            if (!events.begun()) {
                throw e;
            }
            events.error(e);
        }
        events.done();
    }
}
