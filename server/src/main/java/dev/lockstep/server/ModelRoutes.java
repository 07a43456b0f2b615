package dev.lockstep.server;

import dev.lockstep.server.api.RequestGate;
import dev.lockstep.server.api.ServedModel;
import dev.lockstep.server.error.ApiException;
import dev.lockstep.server.http.Endpoint;
import dev.lockstep.server.http.Exchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Endpoints that need the model, which may not have been loaded yet: until then each answers 503. */
final class ModelRoutes {
    private final RequestGate gate;
    private final List<Awaiting> all = new ArrayList<>();

    ModelRoutes(RequestGate gate) {
        this.gate = gate;
    }

    /** An endpoint that {@code make} makes once the model is there. */
    Endpoint of(Function<ServedModel, Endpoint> make) {
        Awaiting endpoint = new Awaiting(make);
        all.add(endpoint);
        return endpoint;
    }

    /** The model is there. */
    void loaded(ServedModel model) {
        all.forEach(endpoint -> endpoint.loaded(model));
    }

    private final class Awaiting implements Endpoint {
        private final Function<ServedModel, Endpoint> make;
        /** Null until the model is there. */
        private volatile Endpoint made;

        Awaiting(Function<ServedModel, Endpoint> make) {
            this.make = make;
        }

        void loaded(ServedModel model) {
            made = make.apply(model);
        }

        @Override
        public void answer(Exchange exchange) throws IOException {
            Endpoint endpoint = made;
            if (endpoint == null) {
                gate.check();
                throw ApiException.unavailable("model_loading", "the model is still being loaded; try again shortly");
            }
            endpoint.answer(exchange);
        }
    }
}
