package dev.lockstep.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.Engine;
import dev.lockstep.engine.Request;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples run, and print what an engine of one's own gives. */
@Timeout(300)
class ExamplesTest {
    /** A program's {@code main}. */
    private interface Program {
        void main(String[] args) throws IOException;
    }

    private static String printed(Program program) throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
            System.setOut(out);
            program.main(new String[0]);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static Completion answer() throws IOException {
        try (Engine engine = Engine.open(ModelStore.ofThisBuild().file(ShippedModel.JDK))) {
            return engine.submit(Request.of("public static int max(").maxTokens(32))
                    .await();
        }
    }

    @Test
    void anEngineInsideOfAProgram() throws IOException {
        assertThat(printed(EmbeddedEngine::main))
                .startsWith(String.format("An answer:%n%s%nA stream:%n", answer().text()))
                .containsPattern("(?s)One of three:.+One of three:.+One of three:")
                .containsPattern("Guessed: [0-9]+ of [1-9][0-9]* guesses were right; the same tokens: true");
    }

    @Test
    void aServerAndOpenAisClient() throws IOException {
        String expected = answer().text();
        assertThat(printed(ServedEngine::main))
                .isEqualTo(String.format("An answer:%n%s%nA stream:%n%s%n", expected, expected));
    }
}
