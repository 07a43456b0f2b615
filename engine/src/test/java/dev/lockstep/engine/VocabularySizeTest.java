package dev.lockstep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.sample.SamplingParameters;
import dev.lockstep.text.SyntheticVocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models whose tokenizer has another number of tokens than they have embeddings: 512. */
class VocabularySizeTest {
    @Test
    void moreTokensThanEmbeddingsAreRefused(@TempDir Path folder) throws IOException {
        Path model = folder.resolve("model.gguf");
        write(600, model);
        assertThatThrownBy(() -> Engine.open(model, Models.options()))
                .isInstanceOf(UnusableModelException.class)
                .hasMessage("model.gguf: the tokenizer has 600 tokens, but the model has embeddings for only 512");
    }

    @Test
    void embeddingsWithoutATokenAreNeverChosen(@TempDir Path folder) throws IOException {
        Path model = folder.resolve("model.gguf");
        write(300, model);
        SamplingParameters sampling =
                new SamplingParameters(2, 0, 1, 0, 1.1f, 0, 0, Map.of(2, Float.NEGATIVE_INFINITY), 5);
        try (Engine engine = Engine.open(model, Models.options())) {
            Completion completion = engine.submit(
                            Request.of("abc").sampling(sampling).maxTokens(200))
                    .await();
            assertThat(completion.error()).isNull();
            assertThat(completion.tokens()).hasSize(200).allMatch(token -> token < 300);
            assertThatThrownBy(() -> engine.submit(Request.ofTokens(300)))
                    .hasMessage("token 300 in the prompt, allowed are 0 to 299");
        }
    }

    /** The golden random model with a made-up vocabulary. */
    private static void write(int tokens, Path target) throws IOException {
        SyntheticVocabulary vocabulary = SyntheticVocabulary.ofSize(tokens);
        try (GgufFile source = GgufFile.open(Models.random())) {
            GgufWriter writer = new GgufWriter()
                    .copyMetadata(
                            source.metadata(),
                            "tokenizer.ggml.tokens",
                            "tokenizer.ggml.scores",
                            "tokenizer.ggml.token_type")
                    .putStrings("tokenizer.ggml.tokens", vocabulary.pieces())
                    .putFloat32s("tokenizer.ggml.scores", vocabulary.scores())
                    .putInt32s("tokenizer.ggml.token_type", vocabulary.kinds());
            for (GgufTensor tensor : source.tensors()) {
                writer.tensor(tensor.name(), tensor.type(), tensor.dims(), source.data(tensor));
            }
            writer.write(target);
        }
    }
}
