package dev.lockstep.examples;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import dev.lockstep.plan.Schedule;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.api.ChatFormat;
import java.io.IOException;
import java.nio.file.Path;

/** A server in a few lines, and OpenAI's official Java client that talks to it. */
public final class ServedEngine {
    private ServedEngine() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws IOException {
        Path model = ModelStore.ofThisBuild().file(ShippedModel.JDK);
        try (Engine engine = Engine.open(model, new EngineOptions().schedule(Schedule.CONTINUOUS));
                LockstepServer server = LockstepServer.builder(engine)
                        .port(0)
                        .modelId("jdk")
                        .chat(new ChatFormat.Plain())
                        .start()) {
            OpenAIClient client = OpenAIOkHttpClient.builder()
                    .baseUrl(server.uri() + "/v1")
                    .apiKey("none")
                    .build();
            talk(client);
            client.close();
        }
    }

    private static void talk(OpenAIClient client) {
        ChatCompletionCreateParams chat = ChatCompletionCreateParams.builder()
                .model("jdk")
                .addUserMessage("public static int max(")
                .maxCompletionTokens(32)
                .temperature(0.0)
                .build();
        var answer = client.chat().completions().create(chat).choices().getFirst();
        System.out.printf("An answer:%n%s%n", answer.message().content().orElseThrow());

        System.out.println("A stream:");
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(chat)) {
            stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .forEach(System.out::print);
        }
        System.out.println();
    }
}
