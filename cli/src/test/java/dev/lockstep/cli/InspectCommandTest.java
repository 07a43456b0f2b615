package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class InspectCommandTest {
    @Test
    void jsonTellsWhatIsInTheFile() throws IOException {
        JsonNode json =
                Result.of("inspect", "-m", Golden.stories(), "--json").done().json();
        assertThat(json.get("file").asString()).isEqualTo("stories260K.gguf");
        assertThat(json.get("bytes").asLong()).isEqualTo(Files.size(Path.of(Golden.stories())));
        JsonNode metadata = json.get("metadata");
        assertThat(metadata.get("general.architecture").get("value").asString()).isEqualTo("llama");
        assertThat(metadata.get("llama.block_count").get("value").isInt()).isTrue();
        assertThat(metadata.get("llama.block_count").get("value").asInt()).isEqualTo(5);
        assertThat(metadata.get("llama.attention.layer_norm_rms_epsilon")
                        .get("value")
                        .asDouble())
                .isEqualTo(1e-5);
        assertThat(metadata.get("tokenizer.ggml.tokens").get("type").asString()).isEqualTo("string[512]");
        assertThat(metadata.get("tokenizer.ggml.tokens").get("value").asString())
                .contains("more");
        long parameters = 0;
        for (JsonNode tensor : json.get("tensors")) {
            assertThat(tensor.propertyNames()).containsExactly("name", "type", "shape", "bytes");
            long elements = tensor.get("shape")
                    .valueStream()
                    .mapToLong(JsonNode::asLong)
                    .reduce(1, (a, b) -> a * b);
            assertThat(tensor.get("bytes").asLong()).isEqualTo(4 * elements);
            parameters += elements;
        }
        assertThat(json.get("tensors").size()).isEqualTo(48);
        assertThat(json.get("parameters").asLong()).isEqualTo(parameters);
        JsonNode plan = json.get("memory_plan");
        assertThat(plan.get("context").asInt()).isEqualTo(128);
        assertThat(plan.get("total").asLong())
                .isEqualTo(plan.get("weights").asLong()
                        + plan.get("kv_cache").asLong()
                        + plan.get("rope_table").asLong()
                        + plan.get("scratch").asLong()
                        + plan.get("jvm").asLong());
        assertThat(plan.get("mapped").asLong()).isZero();
        assertThat(plan.get("streamed").asLong()).isZero();
    }

    @Test
    void theMemoryPlanFollowsTheFlags() {
        JsonNode f16 = plan("--context", "64");
        JsonNode f32 = plan("--context", "64", "--kv", "f32");
        assertThat(f16.get("context").asInt()).isEqualTo(64);
        assertThat(f32.get("kv_cache").asLong())
                .isEqualTo(2 * f16.get("kv_cache").asLong());
        JsonNode streamed = plan("--stream-layers");
        assertThat(streamed.get("streamed").asLong()).isPositive();
        assertThat(streamed.get("weights").asLong())
                .isLessThan(f16.get("weights").asLong());
        assertThat(plan("--no-pack").get("mapped").asLong())
                .isGreaterThan(streamed.get("streamed").asLong());
    }

    private static JsonNode plan(String... flags) {
        String[] args = new String[4 + flags.length];
        System.arraycopy(new String[] {"inspect", "-m", Golden.stories(), "--json"}, 0, args, 0, 4);
        System.arraycopy(flags, 0, args, 4, flags.length);
        return Result.of(args).done().json().get("memory_plan");
    }

    @Test
    void textTellsTheSame() {
        Result result = Result.of("inspect", "-m", Golden.stories()).done();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains("stories260K.gguf: GGUF version 3, ")
                .contains("48 tensors, 292,800 parameters")
                .containsPattern("llama.block_count +uint32 +5\n")
                .containsPattern("token_embd.weight +F32 +64 x 512 +131072\n")
                .contains("Memory plan for a context of 128 and ");
    }

    @Test
    void aFileThatCannotRunIsShownWithTheReason() {
        String vocabulary = Golden.path("tokenizers/gpt-2.gguf").toString();
        assertThat(Result.of("inspect", "-m", vocabulary).done().out())
                .contains("0 tensors, 0 parameters")
                .contains("No memory plan: gpt-2.gguf: ");
        JsonNode json = Result.of("inspect", "-m", vocabulary, "--json").done().json();
        assertThat(json.get("memory_plan").get("unsupported").asString()).startsWith("gpt-2.gguf: ");
    }

    @Test
    void errorsAreOneLine() {
        Result.of("inspect", "-m", "no-such.gguf").refused(ExitCode.UNUSABLE_MODEL);
        assertThat(Result.of("inspect", "-m", Golden.stories(), "--threads", "0")
                        .refused(ExitCode.USAGE))
                .contains("threads is 0");
    }
}
