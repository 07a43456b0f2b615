package dev.lockstep.cli;

import dev.lockstep.kernel.KernelTier;
import dev.lockstep.plan.Speculation;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A flag's value that is one of a few names, the lower-case names of an enumeration's constants. */
abstract class OneOf<E extends Enum<E>> implements ITypeConverter<E> {
    private final List<E> values;

    OneOf(List<E> values) {
        this.values = values;
    }

    @Override
    public E convert(String name) {
        return values.stream()
                .filter(value -> nameOf(value).equals(name))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + name + "' is not available; available: "
                        + values.stream().map(OneOf::nameOf).collect(Collectors.joining(", "))));
    }

    private static String nameOf(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** Which kernels run. */
    static final class Kernels extends OneOf<KernelTier> {
        Kernels() {
            super(List.of(KernelTier.values()));
        }

        /**
         * The tier with this name.
         *
         * @throws UsageException if there is none
         */
        static KernelTier tier(String name) {
            try {
                return new Kernels().convert(name);
            } catch (TypeConversionException e) {
                throw new UsageException(e.getMessage(), e);
            }
        }
    }

    /** Which guesses are kept. */
    static final class AcceptanceRule extends OneOf<Speculation.Acceptance> {
        AcceptanceRule() {
            super(List.of(Speculation.Acceptance.values()));
        }
    }

    /** How keys and values are stored. */
    static final class KvType extends OneOf<ElementType> {
        KvType() {
            super(List.of(ElementType.F16, ElementType.F32));
        }
    }

    /** How weights are stored in files that this program writes. */
    static final class WeightType extends OneOf<ElementType> {
        WeightType() {
            super(Encoding.types());
        }
    }

    /** Which model is trained. */
    static final class TrainPresets extends OneOf<TrainPreset> {
        TrainPresets() {
            super(List.of(TrainPreset.values()));
        }
    }

    /** How hidden matrices are trained. */
    static final class HiddenRules extends OneOf<HiddenRule> {
        HiddenRules() {
            super(List.of(HiddenRule.values()));
        }
    }
}
