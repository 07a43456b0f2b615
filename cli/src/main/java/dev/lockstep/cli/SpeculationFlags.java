package dev.lockstep.cli;

import dev.lockstep.engine.EngineOptions;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import dev.lockstep.plan.Speculation;
import dev.lockstep.plan.Speculation.Acceptance;
import dev.lockstep.plan.Speculation.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Who guesses tokens for the model to check: flags that change cost, and never tokens but by the classical rule. */
final class SpeculationFlags {
    @Option(
            names = "--draft",
            paramLabel = "WHO",
            description =
                    "Who guesses tokens for the model to check several at once. none: nobody; ngram: what followed the "
                            + "same tokens earlier in the request; suffix: what most often did, in recent completions too; a GGUF "
                            + "file or name: a smaller model with the same tokens; auto: suffix, and jdk-draft for jdk. "
                            + "Default: none.")
    String who;

    @Option(
            names = "--draft-tokens",
            paramLabel = "N",
            description = "Guess so many tokens at a time, 1 to " + Speculation.GUESSES_MAX
                    + ". Default: as many as pay, by what was measured.")
    Integer tokens;

    @Option(
            names = "--accept",
            paramLabel = "RULE",
            converter = OneOf.AcceptanceRule.class,
            description =
                    "Which guesses are kept. coupled: those that the model would have chosen itself, so that tokens "
                            + "are the same as without guesses; classical: each with probability min(1, p/q), so that they are "
                            + "only distributed as without guesses, and depend on what was guessed. At temperature 0 both are "
                            + "the same. Default: coupled.")
    Acceptance acceptance;

    private Speculation asked = Speculation.NONE;
    private Optional<Path> draft = Optional.empty();

    /**
     * Sets what these flags say.
     *
     * @throws UsageException if they say what cannot be
     * @throws IOException if a model that is to guess cannot be unpacked
     */
    void applyTo(EngineOptions options, ModelFile model) throws IOException {
        applyTo(options, model.path());
    }

    /**
     * Sets what these flags say.
     *
     * @param model the file that is going to be loaded
     */
    void applyTo(EngineOptions options, Path model) throws IOException {
        applyTo(options, model, ModelStore.ofThisBuild());
    }

    void applyTo(EngineOptions options, Path model, ModelStore store) throws IOException {
        Source source = source();
        if (tokens != null && (tokens < 1 || tokens > Speculation.GUESSES_MAX)) {
            throw new UsageException("--draft-tokens is " + tokens + ", allowed are 1 to " + Speculation.GUESSES_MAX);
        }
        if (tokens != null && source == Source.NONE) {
            throw new UsageException("--draft-tokens needs somebody who guesses: name one with --draft");
        }
        if (acceptance == Acceptance.CLASSICAL && source == Source.NONE) {
            throw new UsageException("--accept classical needs somebody who guesses: name one with --draft");
        }
        asked = new Speculation(
                source, tokens == null ? 0 : tokens, acceptance == null ? Acceptance.COUPLED : acceptance);
        draft = switch (source) {
            case DRAFT -> Optional.of(ModelFile.of(Path.of(who), store));
            case AUTO -> companion(model, store);
            case NONE, NGRAM, SUFFIX -> Optional.empty();
        };
        options.speculation(asked).draft(draft.orElse(null));
    }

    /** What {@link #applyTo} set. */
    Speculation asked() {
        return asked;
    }

    /** The model that was to guess when {@link #applyTo} set it. */
    Optional<Path> draft() {
        return draft;
    }

    private Source source() {
        if (who == null) {
            return Source.NONE;
        }
        for (Source source : Source.values()) {
            if (source != Source.DRAFT && source.label().equals(who)) {
                return source;
            }
        }
        return Source.DRAFT;
    }

    /** The model that comes along to guess for another one that does, by whatever path that is named. */
    private static Optional<Path> companion(Path model, ModelStore store) throws IOException {
        boolean both = store.has(ShippedModel.JDK) && store.has(ShippedModel.JDK_DRAFT);
        return both && Files.exists(model) && Files.isSameFile(model, store.file(ShippedModel.JDK))
                ? Optional.of(store.file(ShippedModel.JDK_DRAFT))
                : Optional.empty();
    }
}
