package dev.lockstep.engine;

import dev.lockstep.format.GgufFile;
import dev.lockstep.format.UnusableModelException;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.model.MemoryPlan;
import dev.lockstep.model.Model;
import dev.lockstep.model.ModelConfig;
import dev.lockstep.model.ModelLimits;
import dev.lockstep.model.WeightStorage;
import dev.lockstep.text.Tokenizer;
import dev.lockstep.text.Vocabulary;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** The file of a smaller model that guesses for another one: what it would take, whether it can, and the model itself. */
final class DraftFile implements Closeable {
    private final GgufFile file;

    private DraftFile(GgufFile file) {
        this.file = file;
    }

    /** Opens a GGUF file. */
    static DraftFile open(Path path) throws IOException {
        return new DraftFile(GgufFile.open(path));
    }

    /**
     * A guess is a token's number, so both models must mean the same by each.
     *
     * @throws UnusableModelException if they do not
     */
    void checkTokens(Vocabulary model) throws UnusableModelException {
        Tokenizer tokenizer = Tokenizer.of(file.metadata());
        Engine.checkVocabularies(file, ModelConfig.of(file), tokenizer);
        Vocabulary draft = tokenizer.vocabulary();
        if (model.size() != draft.size()) {
            throw new UnusableModelException(file.path().getFileName() + " cannot guess for this model: it has "
                    + draft.size() + " tokens, and the model has " + model.size());
        }
        for (int token = 0; token < model.size(); token++) {
            if (!model.piece(token).equals(draft.piece(token))) {
                throw new UnusableModelException(file.path().getFileName()
                        + " cannot guess for this model: its token " + token + " is '" + draft.piece(token)
                        + "', and the model's is '" + model.piece(token) + "'");
            }
        }
    }

    /** Bytes that it takes beside the other model, whose JVM it shares. */
    long bytes(ModelLimits limits, KernelTier.Choice tier) throws UnusableModelException {
        MemoryPlan plan = MemoryPlan.of(file, limits, tier, WeightStorage.PACKED);
        return plan.total() - plan.jvm();
    }

    /** Loads it, with the threads of the model that it guesses for. */
    DraftModel load(Model model, Tokenizer tokenizer, KernelTier.Choice tier, EngineSetup setup) throws IOException {
        ModelLimits limits = setup.draftLimits(model.limits().contextLength());
        return new DraftModel(
                Model.loadBeside(model, file, limits, tier, setup.progress()),
                tokenizer.vocabulary(),
                setup.together());
    }

    @Override
    public void close() {
        file.close();
    }
}
