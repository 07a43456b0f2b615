package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import dev.lockstep.plan.Speculation;
import dev.lockstep.plan.Speculation.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Who guesses tokens for the model to check: flags that change cost, and never tokens. */
final class SpeculationFlags {
    @Option(
            names = "--draft",
            paramLabel = "WHO",
            description =
                    "Who guesses tokens for the model to check several at once. none: nobody; ngram: what followed the "
                            + "same tokens earlier in the request; suffix: what most often did, in recent completions too; a GGUF "
                            + "file or name: a smaller model with the same tokens; auto: suffix, and jdk-draft for jdk. "
                            + "Default: auto for jdk, else none.")
    String who;

    @Option(
            names = "--draft-tokens",
            paramLabel = "N",
            description = "Guess so many tokens at a time, 1 to " + Speculation.GUESSES_MAX
                    + ". Default: as many as pay, by what was measured.")
    Integer tokens;

    /**
     * Sets what these flags say.
     *
     * @throws UsageException if they say what cannot be
     * @throws IOException if a model that is to guess cannot be unpacked
     */
    void applyTo(EngineOptions options, ModelFile model) throws IOException {
        Optional<Path> companion = model.isJdk() ? companion() : Optional.empty();
        Source source = source(companion.isPresent());
        if (tokens != null && (tokens < 1 || tokens > Speculation.GUESSES_MAX)) {
            throw new UsageException("--draft-tokens is " + tokens + ", allowed are 1 to " + Speculation.GUESSES_MAX);
        }
        if (tokens != null && source == Source.NONE) {
            throw new UsageException("--draft-tokens needs somebody who guesses: name one with --draft");
        }
        options.speculation(new Speculation(source, tokens == null ? 0 : tokens));
        if (source == Source.DRAFT) {
            options.draft(ModelFile.of(Path.of(who)));
        } else if (source == Source.AUTO) {
            companion.ifPresent(options::draft);
        }
    }

    private Source source(boolean hasCompanion) {
        if (who == null) {
            return hasCompanion ? Source.AUTO : Source.NONE;
        }
        for (Source source : Source.values()) {
            if (source != Source.DRAFT && source.label().equals(who)) {
                return source;
            }
        }
        return Source.DRAFT;
    }

    private static Optional<Path> companion() throws IOException {
        ModelStore store = ModelStore.ofThisBuild();
        return store.has(ShippedModel.JDK_DRAFT) ? Optional.of(store.file(ShippedModel.JDK_DRAFT)) : Optional.empty();
    }
}
