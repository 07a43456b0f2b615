package dev.lockstep.cli;

import dev.lockstep.train.objective.Distillation;
import dev.lockstep.train.objective.Divergence;
import dev.lockstep.train.objective.MaskedDiffusion;
import dev.lockstep.train.objective.NextToken;
import dev.lockstep.train.objective.Objective;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What a model can be trained to do. */
enum TrainObjective {
    NEXT_TOKEN,
    DISTILLATION,
    DIFFUSION;

    /**
     * The objective.
     *
     * @param mask the mask's token id
     */
    Objective of(int mask) {
        return switch (this) {
            case NEXT_TOKEN -> new NextToken();
            case DISTILLATION -> new Distillation(new Divergence.ForwardKl(), 1, 0);
            case DIFFUSION -> new MaskedDiffusion(mask);
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Reads a flag's value. */
    static final class Converter implements ITypeConverter<TrainObjective> {
        @Override
        public TrainObjective convert(String name) {
            return Arrays.stream(values())
                    .filter(value -> value.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + name + "' is not available; available: "
                            + Arrays.stream(values()).map(Object::toString).collect(Collectors.joining(", "))));
        }
    }
}
