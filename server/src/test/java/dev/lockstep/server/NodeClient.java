package dev.lockstep.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** OpenAI's client for JavaScript, making one call of {@code src/test/node/client.mjs} in a process of its own. */
final class NodeClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER = Path.of("src/test/node");
    private static final List<String> INSTALL = List.of("npm", "ci", "--ignore-scripts", "--prefer-offline");

    private final String call;
    private final Path output;
    private final Process process;

    private NodeClient(String call, Path output, Process process) {
        this.call = call;
        this.output = output;
        this.process = process;
    }

    /** Leaves the tests out where there is no node; installs the package where it is missing, as Maven does with its own. */
    static void assumeInstalled() throws IOException, InterruptedException {
        new OutsideProgram("node").assumeInstalled();
        if (Files.isDirectory(FOLDER.resolve("node_modules/openai"))) {
            return;
        }
        boolean installed = new OutsideProgram("npm").isInstalled()
                && new ProcessBuilder(INSTALL)
                                .directory(FOLDER.toFile())
                                // The test's own input and output are how Maven talks with it.
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .redirectError(ProcessBuilder.Redirect.INHERIT)
                                .start()
                                .waitFor()
                        == 0;
        assertThat(installed)
                .as(
                        "OpenAI's package for node is not installed and could not be; install it by: (cd server/%s && %s), "
                                + "or leave its tests out by -Dlockstep.node=false",
                        FOLDER, String.join(" ", INSTALL))
                .isTrue();
    }

    /** Begins a call. */
    static NodeClient start(String call, String baseUrl, String key) throws IOException {
        Path output = Files.createTempFile("lockstep-node-", ".json");
        Process process = new ProcessBuilder(new ArrayList<>(List.of("node", "client.mjs", call, baseUrl, key)))
                .directory(FOLDER.toFile())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new NodeClient(call, output, process);
    }

    /** Makes a call and gives what it gave. */
    static JsonNode call(String call, String baseUrl, String key) throws IOException, InterruptedException {
        try (NodeClient client = start(call, baseUrl, key)) {
            return client.result();
        }
    }

    /** Lets a call that waits for it go on. */
    void goOn() throws IOException {
        process.getOutputStream().close();
    }

    /** What the call gave; waits for its end. */
    JsonNode result() throws IOException, InterruptedException {
        int exitCode = process.waitFor();
        assertThat(exitCode)
                .as("exit code of node for '%s'; it says why above", call)
                .isZero();
        return JSON.readTree(Files.readString(output));
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(output);
    }
}
