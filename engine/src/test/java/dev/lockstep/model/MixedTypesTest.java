package dev.lockstep.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.Golden;
import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files whose matrices have different types, as published Q4_K_M files do, and types that cannot be used. */
class MixedTypesTest {
    private static final int[] TOKENS = {1, 479, 254, 379, 283, 91, 257, 471, 486};

    @TempDir
    Path folder;

    /** The usual mixture: Q4_K, but Q6_K where errors weigh most. */
    private static ElementType mixture(String name) {
        return name.contains("attn_v") || name.contains("ffn_down") || name.equals("output.weight")
                ? ElementType.Q6_K
                : ElementType.Q4_K;
    }

    /** Every matrix of a layer another type, plain floats beside quantised ones that read the same input. */
    private static ElementType motley(String name) {
        return switch (name.replaceFirst("blk\\.[0-9]+\\.", "")) {
            case "token_embd.weight", "attn_q.weight" -> ElementType.Q6_K;
            case "attn_k.weight", "ffn_up.weight" -> ElementType.F16;
            case "attn_v.weight", "ffn_down.weight" -> ElementType.Q4_K;
            case "attn_output.weight" -> ElementType.Q8_0;
            case "ffn_gate.weight" -> ElementType.Q4_0;
            default -> ElementType.F32;
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"mixture", "motley"})
    void mixedModelsHaveTheSameBitsInEveryTier(String kind) throws IOException {
        Path mixed = write(kind, kind.equals("mixture") ? MixedTypesTest::mixture : MixedTypesTest::motley);
        float[][] expected = logits(mixed, KernelTier.SCALAR, 1, TOKENS.length);
        for (KernelTier tier : KernelTier.values()) {
            if (tier != KernelTier.AUTO) {
                assertThat(logits(mixed, tier, 2, 4)).as("%s kernels", tier).isDeepEqualTo(expected);
            }
        }
        float[][] exact = logits(Golden.path("models/type-f32.gguf"), KernelTier.SCALAR, 1, TOKENS.length);
        double squares = 0;
        double errors = 0;
        for (int t = 0; t < TOKENS.length; t++) {
            for (int i = 0; i < exact[t].length; i++) {
                squares += exact[t][i] * exact[t][i];
                errors += (exact[t][i] - expected[t][i]) * (exact[t][i] - expected[t][i]);
            }
        }
        // Weights of four bits that are normal numbers are off by a twelfth of their deviation.
        assertThat(Math.sqrt(errors / squares)).isBetween(0.001, 0.3);
    }

    @Test
    void aTypeThatCannotBePackedIsRefusedByName() throws IOException {
        for (String type : new String[] {"q2_k", "q3_k", "q4_1", "q5_0", "q5_1", "q5_k", "iq4_nl", "iq4_xs"}) {
            Path file = Golden.path("models/type-" + type + ".gguf");
            String upper = type.toUpperCase(Locale.ROOT);
            assertThatThrownBy(() -> logits(file, KernelTier.SCALAR, 1, 1))
                    .isInstanceOf(UnusableModelException.class)
                    .hasMessage("type-" + type + ".gguf: tensor \"token_embd.weight\" has type " + upper
                            + "; supported: F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K");
        }
    }

    @Test
    void scalesThatAreNotFiniteAreRefusedByName() throws IOException {
        Path file = write("broken", name -> name.equals("blk.1.ffn_down.weight") ? null : mixture(name));
        assertThatThrownBy(() -> logits(file, KernelTier.SCALAR, 1, 1))
                .isInstanceOf(UnusableModelException.class)
                .hasMessage("broken.gguf: tensor \"blk.1.ffn_down.weight\" holds a weight that is infinite or not a"
                        + " number");
    }

    private static float[][] logits(Path file, KernelTier tier, int threads, int chunk) throws IOException {
        try (Model model = TestModels.load(file, tier, ElementType.F16, threads)) {
            return TestModels.logits(model, TOKENS, chunk);
        }
    }

    /** The golden F32 model with matrices of other types; null is a Q4_K matrix with an infinite minimum at its end. */
    private Path write(String name, Function<String, ElementType> typeOf) throws IOException {
        Path out = folder.resolve(name + ".gguf");
        Set<ElementType> types = new TreeSet<>();
        try (GgufFile floats = GgufFile.open(Golden.path("models/type-f32.gguf"))) {
            GgufWriter writer = new GgufWriter().copyMetadata(floats.metadata());
            for (GgufTensor tensor : floats.tensors()) {
                float[] weights = floats.data(tensor).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                ElementType wanted = tensor.rows() == 1 ? ElementType.F32 : typeOf.apply(tensor.name());
                ElementType type = wanted == null ? ElementType.Q4_K : wanted;
                MemorySegment data = MemorySegment.ofArray(new byte[(int) type.bytes(weights.length)]);
                Encoding.encode(type, weights, weights.length, data, 0);
                if (wanted == null) {
                    data.set(ValueLayout.JAVA_SHORT_UNALIGNED, data.byteSize() - 142, (short) 0x7C00);
                }
                writer.tensor(tensor.name(), type, tensor.dims(), data);
                types.add(type);
            }
            writer.write(out);
        }
        assertThat(types).contains(ElementType.Q4_K, ElementType.Q6_K);
        return out;
    }
}
