package dev.lockstep.cli;

import dev.lockstep.engine.Completion;
import dev.lockstep.engine.FinishReason;
import dev.lockstep.engine.Generation;
import dev.lockstep.engine.Timings;
import dev.lockstep.engine.Token;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/**
 * Prints generations in order, as text or JSON.
 *
 * @param json one object a line instead of text
 * @param logitsHash whether objects carry the hash of their logits
 * @param showSpeculation whether text that had been guessed is shown in green
 * @param timings whether a line about each request's times goes to standard error
 */
record CompletionPrinter(Console console, boolean json, boolean logitsHash, boolean showSpeculation, boolean timings) {
    private static final String GREEN = "\u001b[32m";
    private static final String PLAIN = "\u001b[0m";

    /**
     * Prints all, as they come, up to the first that was cancelled. If the output fails, those that still run are
     * cancelled.
     *
     * @return an {@link ExitCode}
     */
    int print(List<Generation> generations) throws IOException {
        int exitCode = ExitCode.DONE;
        try {
            for (int i = 0; i < generations.size(); i++) {
                Completion completion = json ? printJson(generations.get(i)) : printText(generations.get(i), i > 0);
                if (completion.finishReason() == FinishReason.CANCELLED) {
                    return ExitCode.INTERRUPTED;
                }
                if (completion.finishReason() == FinishReason.ERROR) {
                    console.message("request " + (i + 1) + " failed: " + completion.error());
                    exitCode = ExitCode.FAILED;
                }
                if (timings) {
                    console.message(describe(i + 1, completion));
                }
            }
        } finally {
            generations.forEach(Generation::cancel);
        }
        return exitCode;
    }

    private Completion printText(Generation generation, boolean separate) throws IOException {
        if (separate) {
            console.out().println();
        }
        for (Token token : generation) {
            boolean green = showSpeculation && token.guessed() && !token.text().isEmpty();
            console.out().print(green ? GREEN + token.text() + PLAIN : token.text());
            console.flush();
        }
        console.out().println();
        console.flush();
        return generation.await();
    }

    private Completion printJson(Generation generation) throws IOException {
        Completion completion = generation.await();
        try (JsonGenerator line = Json.to(console.out())) {
            line.writeStartObject();
            Json.writeArray(line, "prompt_tokens", completion.promptTokens());
            Json.writeArray(line, "tokens", completion.tokens());
            line.writeStringProperty("text", completion.text());
            line.writeStringProperty("finish_reason", completion.finishReason().label());
            if (logitsHash) {
                line.writeStringProperty("logits_hash", String.format("%016x", completion.logitsHash()));
            }
            if (completion.guesses() > 0) {
                line.writeObjectPropertyStart("guesses");
                line.writeNumberProperty("checked", completion.guesses());
                line.writeNumberProperty("right", completion.guessesRight());
                line.writeEndObject();
            }
            Timings times = completion.timings();
            line.writeObjectPropertyStart("timings");
            Json.writeMs(line, "queue_ms", times.queueMs());
            Json.writeMs(line, "ttft_ms", times.ttftMs());
            Json.writeMs(line, "tpot_ms", times.tpotMs());
            Json.writeMs(line, "total_ms", times.totalMs());
            line.writeEndObject();
            line.writeEndObject();
        }
        console.out().println();
        console.flush();
        return completion;
    }

    private static String describe(int number, Completion completion) {
        Timings times = completion.timings();
        return String.format(
                Locale.ROOT,
                "request %d: %d prompt tokens, %d tokens (%s); %.1f ms queued, %.1f ms to the first token, "
                        + "%.2f ms for each further one, %.1f ms in all%s",
                number,
                completion.promptTokens().size(),
                completion.tokens().size(),
                completion.finishReason(),
                times.queueMs(),
                times.ttftMs(),
                times.tpotMs(),
                times.totalMs(),
                completion.guesses() == 0
                        ? ""
                        : "; " + completion.guesses() + " guesses, " + completion.guessesRight() + " right");
    }
}
