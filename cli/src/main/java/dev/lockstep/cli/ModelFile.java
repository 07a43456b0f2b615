package dev.lockstep.cli;

import dev.lockstep.format.UnusableModelException;
import dev.lockstep.models.ModelStore;
import dev.lockstep.models.ShippedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The flag that names a command's model: a file, or one that comes with Lockstep. */
final class ModelFile {
    @Option(
            names = {"-m", "--model"},
            order = -2,
            paramLabel = "MODEL",
            description = "The model: a GGUF file, or the name of one that comes along (see 'lockstep models'). "
                    + "Default: jdk.")
    private Path named = defaultName();

    /**
     * The file.
     *
     * @throws UsageException if there is no model with this name
     * @throws IOException if there is one that is not in this build or cannot be unpacked
     */
    Path path() throws IOException {
        return of(named);
    }

    /** Whether it is the model that comes along, by its name. */
    boolean isJdk() {
        return namesJdk(named);
    }

    /** Whether a user means the model that comes along. */
    static boolean namesJdk(Path named) {
        return named.toString().equals(ShippedModel.JDK.id()) && !Files.exists(named);
    }

    /** What is meant where a user names no model. */
    static Path defaultName() {
        return Path.of(ShippedModel.JDK.id());
    }

    /** The file that is meant by what a user wrote: any file that exists, else a name without separators or ending. */
    static Path of(Path named) throws IOException {
        return of(named, ModelStore.ofThisBuild());
    }

    static Path of(Path named, ModelStore store) throws IOException {
        String name = named.toString();
        if (named.getNameCount() > 1 || named.isAbsolute() || name.endsWith(".gguf") || Files.exists(named)) {
            return named;
        }
        Optional<ShippedModel> model = ShippedModel.named(name);
        if (model.isEmpty()) {
            throw new UsageException(
                    "there is no file and no model '" + name + "'; models that come along: " + ShippedModel.names());
        }
        if (!store.has(model.get())) {
            throw new UnusableModelException(
                    "the model " + name + " is not in this build; name a GGUF file with -m, or see 'lockstep models'");
        }
        return store.file(model.get());
    }
}
