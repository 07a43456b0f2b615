package dev.lockstep.cli;

import dev.lockstep.bench.serve.PromptSource;
import dev.lockstep.engine.EngineOptions;
import dev.lockstep.engine.MemoryForecast;
import dev.lockstep.format.GgufFile;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.text.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What an experiment with random prompts reads of a model's file before the model is loaded.
 *
 * @param threads workers of a step
 * @param source prompts of tokens that the model has
 */
record RandomPrompts(int threads, PromptSource source) {
    /**
     * Reads the file.
     *
     * @throws UsageException if its vocabulary has no tokens for prompts
     */
    static RandomPrompts of(Path path, EngineOptions options) throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            int threads = MemoryForecast.of(file, options).threads();
            Vocabulary vocabulary = Tokenizer.of(file.metadata()).vocabulary();
            return new RandomPrompts(threads, UsageException.blamed(() -> PromptSource.random(vocabulary)));
        }
    }
}
