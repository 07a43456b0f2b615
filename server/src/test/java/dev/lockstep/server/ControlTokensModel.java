package dev.lockstep.server;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.GgufTensor;
import dev.lockstep.format.GgufWriter;
import dev.lockstep.model.SyntheticModel;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.text.SyntheticVocabulary;
import dev.lockstep.text.TokenKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A tiny model with random weights in whose vocabulary the control tokens of many families are such. */
final class ControlTokensModel {
    /** What templates of published models write between the turns of a conversation. */
    static final List<String> CONTROLS = List.of(
            "<|im_start|>",
            "<|im_end|>",
            "[INST]",
            "[/INST]",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eot_id|>",
            "<start_of_turn>",
            "<end_of_turn>",
            "<|user_start|>",
            "<|user_end|>",
            "<|START_OF_TURN_TOKEN|>",
            "<|END_OF_TURN_TOKEN|>",
            "<｜User｜>",
            "<｜Assistant｜>",
            "<|im_user|>",
            "<|im_middle|>");

    /** As many as the vocabulary has; the last of them are words that no other word begins with. */
    private static final int SIZE = 512;

    private static final SyntheticModel.Shape SHAPE =
            new SyntheticModel.Shape("control-tokens", 1, 64, 4, 2, 64, SIZE, 16_384);

    private ControlTokensModel() {}

    /** Writes it into a folder. */
    static Path write(Path folder) throws IOException {
        Path plain = folder.resolve("plain.gguf");
        SyntheticModel.write(SHAPE, ElementType.Q8_0, 1, plain, (_, _) -> {});
        SyntheticVocabulary vocabulary = SyntheticVocabulary.ofSize(SIZE);
        String[] pieces = vocabulary.pieces().clone();
        int[] kinds = vocabulary.kinds().clone();
        for (int i = 0; i < CONTROLS.size(); i++) {
            pieces[SIZE - 1 - i] = CONTROLS.get(i);
            kinds[SIZE - 1 - i] = TokenKind.CONTROL.id();
        }
        for (String control : List.of("<s>", "</s>")) {
            kinds[List.of(pieces).indexOf(control)] = TokenKind.CONTROL.id();
        }
        Path path = folder.resolve("control-tokens.gguf");
        try (GgufFile source = GgufFile.open(plain)) {
            GgufWriter writer = new GgufWriter()
                    .copyMetadata(source.metadata(), "tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
                    .putStrings("tokenizer.ggml.tokens", pieces)
                    .putInt32s("tokenizer.ggml.token_type", kinds);
            for (GgufTensor tensor : source.tensors()) {
                writer.tensor(tensor.name(), tensor.type(), tensor.dims(), source.data(tensor));
            }
            writer.write(path);
        }
        return path;
    }
}
