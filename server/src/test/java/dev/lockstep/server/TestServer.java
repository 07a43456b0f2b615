package dev.lockstep.server;

import dev.lockstep.engine.Engine;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.plan.Schedule;
import dev.lockstep.server.api.ChatFormat;
import dev.lockstep.tensor.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A server over a tiny model with random weights, which writes any bytes and rarely ends by itself. */
final class TestServer implements AutoCloseable {
    static final String MODEL = "tiny";

    /** Held here, or the logger and its level could be collected. */
    private static final Logger LOGGER = Logger.getLogger("dev.lockstep");

    static {
        // The engine's lines about each model would hide what matters.
        LOGGER.setLevel(Level.WARNING);
    }

    /** Made once for all tests of a run. */
    private static final class ModelFile {
        static final Path PATH = write();

        private static Path write() {
            try {
                Path path = Files.createTempFile("lockstep-test-", ".gguf");
                path.toFile().deleteOnExit();
                SyntheticModel.write(
                        SyntheticModel.Shape.named("llama-tiny").orElseThrow(),
                        ElementType.Q8_0,
                        1,
                        path,
                        (_, _) -> {});
                return path;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final Engine engine;
    private final LockstepServer server;

    private TestServer(EngineOptions options, UnaryOperator<ServerBuilder> configure) throws IOException {
        engine = Engine.open(ModelFile.PATH, options);
        try {
            server = configure
                    .apply(LockstepServer.builder(engine).port(0).modelId(MODEL).chat(new ChatFormat.Plain()))
                    .start();
        } catch (IOException | RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    /** Options for a continuous engine of one thread. */
    static EngineOptions options() {
        return new EngineOptions().threads(1).schedule(Schedule.CONTINUOUS);
    }

    /** The model's file. */
    static Path model() {
        return ModelFile.PATH;
    }

    static TestServer start() throws IOException {
        return start(options());
    }

    static TestServer start(EngineOptions options) throws IOException {
        return new TestServer(options, builder -> builder);
    }

    static TestServer start(EngineOptions options, UnaryOperator<ServerBuilder> configure) throws IOException {
        return new TestServer(options, configure);
    }

    Engine engine() {
        return engine;
    }

    LockstepServer server() {
        return server;
    }

    URI uri() {
        return server.uri();
    }

    /** What OpenAI's clients take for the address. */
    String v1() {
        return server.uri() + "/v1";
    }

    int port() {
        return server.uri().getPort();
    }

    RawClient client() throws IOException {
        return new RawClient(port());
    }

    @Override
    public void close() {
        server.close();
        engine.close();
    }
}
