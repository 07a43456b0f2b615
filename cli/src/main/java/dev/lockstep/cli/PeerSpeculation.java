package dev.lockstep.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a peer gained from a draft model on the same two files and prompts: {@code PROGRAM MODEL DRAFT THREADS REQUESTS.json}; see
 * {@code speculate.mjs} for what it is asked and what it prints.
 *
 * @param peer its name and version
 * @param plainTokensPerSecond behind the first token, without the draft
 * @param drafts the same with it, for each number of guesses that was asked for
 */
record PeerSpeculation(String peer, double plainTokensPerSecond, List<Draft> drafts) {
    private static final long OUTPUT_BYTES_MAX = 1 << 20;
    private static final long MINUTES_MAX = 60;

    /**
     * With the draft model.
     *
     * @param guesses at a time; 0 for the peer's own choice
     */
    record Draft(int guesses, double tokensPerSecond, long accepted, long drafted) {}

    /** What is asked; all of it besides the prompts as in the script. */
    record Question(
            List<List<Integer>> prompts, int tokens, float temperature, long seed, int rounds, List<Integer> guesses) {}

    /**
     * Runs it.
     *
     * @throws IOException if it fails; the message is one clause
     */
    static PeerSpeculation run(List<String> program, Path model, Path draft, int threads, Question question)
            throws IOException {
        Path asked = Files.createTempFile("lockstep-peer-", ".json");
        Path out = Files.createTempFile("lockstep-peer-", ".json");
        Path err = Files.createTempFile("lockstep-peer-", ".log");
        try {
            write(asked, question);
            List<String> command = new ArrayList<>(program);
            command.add(model.toAbsolutePath().toString());
            command.add(draft.toAbsolutePath().toString());
            command.add(Integer.toString(threads));
            command.add(asked.toString());
            int exitCode = PeerProcess.run(command, MINUTES_MAX, out.toFile(), err.toFile());
            if (exitCode != 0) {
                throw new IOException("it ended with exit code " + exitCode + PeerProcess.excerpt(err));
            }
            return read(out);
        } finally {
            Files.deleteIfExists(asked);
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        }
    }

    private static void write(Path file, Question question) throws IOException {
        try (OutputStream stream = Files.newOutputStream(file);
                JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), stream)) {
            json.writeStartObject();
            json.writeArrayPropertyStart("prompts");
            for (List<Integer> prompt : question.prompts()) {
                json.writeStartArray();
                prompt.forEach(json::writeNumber);
                json.writeEndArray();
            }
            json.writeEndArray();
            json.writeNumberProperty("tokens", question.tokens());
            json.writeNumberProperty("temperature", question.temperature());
            json.writeNumberProperty("seed", question.seed());
            json.writeNumberProperty("rounds", question.rounds());
            Json.writeArray(json, "guesses", question.guesses());
            json.writeEndObject();
        }
    }

    private static PeerSpeculation read(Path out) throws IOException {
        if (Files.size(out) > OUTPUT_BYTES_MAX) {
            throw new IOException("it printed " + Files.size(out) + " bytes, the limit is " + OUTPUT_BYTES_MAX);
        }
        JsonNode answer;
        try {
            answer = JsonMapper.shared().readTree(Files.readAllBytes(out));
        } catch (JacksonException e) {
            throw new IOException("it printed no JSON object" + PeerProcess.excerpt(out), e);
        }
        long tokens = answer.path("tokens").asLong(0);
        double plainMs = answer.path("plain_ms").asDouble(0);
        if (tokens < 1 || !(plainMs > 0)) {
            throw new IOException("it gave no tokens or no time" + PeerProcess.excerpt(out));
        }
        List<Draft> drafts = new ArrayList<>();
        for (JsonNode draft : answer.path("drafts")) {
            drafts.add(new Draft(
                    draft.path("guesses").asInt(0),
                    1e3 * tokens / draft.path("ms").asDouble(0),
                    draft.path("accepted").asLong(0),
                    draft.path("drafted").asLong(0)));
        }
        return new PeerSpeculation(
                answer.path("peer").asString(LlamaCpp.NAME), 1e3 * tokens / plainMs, List.copyOf(drafts));
    }
}
