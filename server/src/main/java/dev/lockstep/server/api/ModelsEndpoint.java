package dev.lockstep.server.api;

import dev.lockstep.server.http.Exchange;
import java.io.IOException;
import java.util.List;

/** {@code GET /v1/models} and {@code GET /v1/models/ID}: which models there are, which is one. */
public final class ModelsEndpoint {
    /**
     * A model.
     *
     * @param maxModelLen most tokens of a request: an extension that vLLM's clients know
     */
    record ModelBody(String id, String object, long created, String ownedBy, int maxModelLen) {}

    /** All models. */
    record ModelList(String object, List<ModelBody> data) {}

    private final ServedModel model;

    /** Tells of this model. */
    public ModelsEndpoint(ServedModel model) {
        this.model = model;
    }

    /** Tells of all. */
    public void list(Exchange exchange) throws IOException {
        exchange.json(new ModelList("list", List.of(body())));
    }

    /** Tells of the one that the path names. */
    public void one(Exchange exchange) throws IOException {
        if (!exchange.rest().equals(model.id())) {
            throw model.unknown(exchange.rest());
        }
        exchange.json(body());
    }

    private ModelBody body() {
        return new ModelBody(
                model.id(),
                "model",
                model.createdSeconds(),
                "lockstep",
                model.engine().contextLength());
    }
}
