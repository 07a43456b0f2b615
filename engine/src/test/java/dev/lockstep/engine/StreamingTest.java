package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.plan.SerialPlanner;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An engine whose layers come from the file in every step. */
@Timeout(60)
class StreamingTest {
    private static final Request REQUEST = Request.of(Models.PROMPT).maxTokens(20);

    @TempDir
    Path folder;

    private static EngineOptions streamed() {
        return Models.options().threads(2).streamLayers(true);
    }

    @Test
    void aFileThatIsCutShortEndsTheRequestInOneSentenceAndNoOther() throws Exception {
        Logger logger = Logger.getLogger("dev.lockstep");
        Level level = logger.getLevel();
        Path path = folder.resolve("copy.gguf");
        Files.copy(Models.stories(), path);
        byte[] whole = Files.readAllBytes(path);
        try (Engine engine = Engine.open(path, streamed())) {
            Completion before = engine.submit(REQUEST).await();
            assertThat(before.finishReason()).isEqualTo(FinishReason.LENGTH);
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.truncate(whole.length / 2);
            }
            logger.setLevel(Level.OFF);
            Completion failed = engine.submit(REQUEST).await();
            assertThat(failed.finishReason()).isEqualTo(FinishReason.ERROR);
            assertThat(failed.error())
                    .matches(
                            "a step failed: copy.gguf: tensor \"\\S+\" cannot be read: the file ends before byte \\d+");
            // Written in place: the engine has this very file open.
            Files.write(path, whole, StandardOpenOption.WRITE);
            assertThat(engine.submit(REQUEST).await().tokens()).isEqualTo(before.tokens());
            assertThat(IsolationTest.nonZeroBytes(engine.model().cache())).isZero();
        } finally {
            logger.setLevel(level);
        }
    }

    /** Closing interrupts the engine's thread, which may be reading at that moment: the request is closed, not failed. */
    @Test
    void closingInTheMidstOfAStepClosesTheRequest() throws Exception {
        for (int round = 0; round < 30; round++) {
            Engine engine = Engine.open(Models.stories(), streamed(), new SerialPlanner(64));
            Generation generation = engine.submit(REQUEST.maxTokens(100));
            Iterator<Token> tokens = generation.iterator();
            for (int i = 0; i < round % 4; i++) {
                tokens.next();
            }
            engine.close();
            assertThat(generation.await().finishReason()).isIn(FinishReason.CLOSED, FinishReason.LENGTH);
        }
    }
}
