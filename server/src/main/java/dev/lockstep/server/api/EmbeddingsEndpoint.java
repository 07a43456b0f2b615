package dev.lockstep.server.api;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Pooling;
import dev.lockstep.engine.Request;
import dev.lockstep.server.http.ClientWatcher;
import dev.lockstep.server.http.Endpoint;
import dev.lockstep.server.http.Exchange;
import dev.lockstep.server.json.RequestFields;
import dev.lockstep.server.metrics.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * {@code POST /v1/embeddings}: texts as vectors of length 1, the mean of the model's final hidden states. With
 * {@code dimensions}, only so many first elements are given, scaled to length 1 again.
 */
public final class EmbeddingsEndpoint implements Endpoint {
    /** A vector: numbers, or their bytes as Base64, little end first. */
    record Embedding(String object, int index, Object embedding) {}

    /** What the texts took. */
    record EmbeddingUsage(int promptTokens, int totalTokens) {}

    /** All vectors. */
    record Embeddings(String object, List<Embedding> data, String model, EmbeddingUsage usage) {}

    private final ServedModel model;

    /** The embeddings of this model. */
    public EmbeddingsEndpoint(ServedModel model) {
        this.model = model;
    }

    @Override
    public void answer(Exchange exchange) throws IOException {
        RequestFields fields = exchange.fields();
        model.check(fields);
        boolean base64 = base64(fields);
        int width = model.engine().config().width();
        int dimensions = fields.integer("dimensions", width, 1, width);
        List<ChoiceGroup> groups = new ArrayList<>();
        for (Prompt prompt : Prompt.list(fields, "input", model)) {
            ChoiceGroup.checkLength(prompt.tokens(), 0, model, "input");
            groups.add(new ChoiceGroup(prompt.tokens(), List.of(request(prompt, exchange.tenant()))));
        }
        try (Choices choices = Choices.of(model, Operation.EMBEDDINGS, exchange);
                ClientWatcher.Watch _ = exchange.watch(choices::cancel)) {
            choices.submit(groups);
            exchange.json(told(choices, dimensions, base64));
        }
    }

    private static boolean base64(RequestFields fields) {
        String format = fields.string("encoding_format").orElse("float");
        if (!format.equals("float") && !format.equals("base64")) {
            throw fields.invalid("encoding_format", "is not one of float, base64");
        }
        return format.equals("base64");
    }

    private Request request(Prompt prompt, String tenant) {
        return Request.ofTokens(prompt.tokens())
                .embedding(Pooling.MEAN, true)
                .tenant(tenant)
                .deadline(model.limits().requestTime());
    }

    private Embeddings told(Choices choices, int dimensions, boolean base64) throws IOException {
        List<Embedding> data = new ArrayList<>();
        int tokens = 0;
        for (Completion completion : choices.await()) {
            choices.finishReason(completion);
            tokens += completion.promptTokens().size();
            float[] vector = shortened(completion.embedding(), dimensions);
            data.add(new Embedding("embedding", data.size(), base64 ? base64(vector) : vector));
        }
        return new Embeddings("list", data, model.id(), new EmbeddingUsage(tokens, tokens));
    }

    private static float[] shortened(float[] vector, int dimensions) {
        if (dimensions == vector.length) {
            return vector;
        }
        float[] shorter = Arrays.copyOf(vector, dimensions);
        double squares = 0;
        for (float element : shorter) {
            squares += (double) element * element;
        }
        double scale = squares == 0 ? 1 : 1 / Math.sqrt(squares);
        for (int i = 0; i < shorter.length; i++) {
            shorter[i] = (float) (shorter[i] * scale);
        }
        return shorter;
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
