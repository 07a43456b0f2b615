package dev.lockstep.examples;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Request;
import dev.lockstep.engine.Token;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import dev.lockstep.plan.Schedule;
import dev.lockstep.plan.Speculation;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** The engine inside of a program: an answer, a stream, several requests at once, and a small model that guesses. */
public final class EmbeddedEngine {
    private EmbeddedEngine() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws IOException {
        ModelStore models = ModelStore.ofThisBuild();
        Speculation guessing = new Speculation(Speculation.Source.DRAFT, 4);
        EngineOptions options = new EngineOptions()
                .schedule(Schedule.CONTINUOUS)
                .draft(models.file(ShippedModel.JDK_DRAFT))
                .speculation(guessing);
        try (Engine engine = Engine.open(models.file(ShippedModel.JDK), options)) {
            // One request: submit returns at once, await when the answer is whole.
            Request request = Request.of("public static int max(").maxTokens(32).speculation(Speculation.NONE);
            Completion answer = engine.submit(request).await();
            System.out.printf("An answer:%n%s%n", answer.text());

            // A stream: each token when it is there. The seed makes a sampled text repeatable.
            System.out.println("A stream:");
            for (Token token : engine.submit(request.temperature(0.8).seed(7))) {
                System.out.print(token.text());
            }
            System.out.println();

            // Several at once: they share passes over the weights, and none changes another's tokens.
            List<Generation> batch = Stream.of("private final String", "for (int i = 0;", "return Objects.")
                    .map(prompt -> engine.submit(Request.of(prompt).maxTokens(16)))
                    .toList();
            for (Generation generation : batch) {
                System.out.printf("One of three:%n%s%n", generation.await().text());
            }

            // The first again, with guesses of the small model: fewer passes over the weights, the same tokens.
            Completion guessed = engine.submit(request.speculation(guessing)).await();
            System.out.printf(
                    "Guessed: %d of %d guesses were right; the same tokens: %b%n",
                    guessed.guessesRight(), guessed.guesses(), guessed.tokens().equals(answer.tokens()));
        }
    }
}
