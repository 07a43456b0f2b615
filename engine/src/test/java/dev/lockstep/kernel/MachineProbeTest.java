package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.tensor.Region;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MachineProbeTest {
    /** Every probe that can run here; the native one with every instruction set that the processor has. */
    private static List<MachineProbe> probes() {
        List<MachineProbe> probes = new ArrayList<>(List.of(new ScalarProbe(), new VectorProbe()));
        probes.addAll(nativeProbes());
        return probes;
    }

    private static List<NativeProbe> nativeProbes() {
        NativeLibrary library = NativeLibrary.INSTANCE;
        if (!library.usable()) {
            return List.of();
        }
        // Whoever has AVX-512 has AVX2 too.
        return library.isa() == NativeLibrary.AVX2 + 1
                ? List.of(new NativeProbe(), new NativeProbe(NativeLibrary.AVX2))
                : List.of(new NativeProbe());
    }

    @Test
    void everyByteIsRead() {
        SplittableRandom random = new SplittableRandom(1);
        for (int bytes : new int[] {0, 256, 512, 3 << 20}) {
            try (Region region = Region.allocate("test", bytes)) {
                long expected = 0;
                for (long at = 0; at < bytes; at += Long.BYTES) {
                    long word = random.nextLong();
                    expected ^= word;
                    region.segment().set(ValueLayout.JAVA_LONG, at, word);
                }
                for (MachineProbe probe : probes()) {
                    assertThat(probe.readBytes(region.address(), bytes))
                            .as("%s, %d bytes", probe.instructions(), bytes)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void multiplyAddsAreAsManyAsTheRoundsSay() {
        for (MachineProbe probe : probes()) {
            long one = probe.multiplyAdds(1);
            assertThat(one).as(probe.instructions()).isPositive();
            assertThat(probe.multiplyAdds(5_000)).as(probe.instructions()).isEqualTo(5_000 * one);
        }
    }

    @Test
    void theNativeSumsAreThoseOfTheMultiplyAddsThatAreCounted() {
        for (NativeProbe probe : nativeProbes()) {
            long count = probe.multiplyAdds(80);
            assertThat(sumOfFloats(probe)).as(probe.instructions()).isEqualTo(count * 0.5 * 0.25);
        }
    }

    @Test
    void theNativeSumsAreThoseOfTheByteDotsThatAreCounted() {
        for (NativeProbe probe : nativeProbes()) {
            long count = probe.byteDots(80);
            // Weights are 0 to 15 over and over, and the activations 0 to 3.
            long ofSixteen = 0;
            for (int i = 0; i < 16; i++) {
                ofSixteen += i * (i % 4);
            }
            assertThat(sumOfInts(probe)).as(probe.instructions()).isEqualTo(count / 16 * ofSixteen);
        }
    }

    @Test
    void theOthersHaveNoByteDots() {
        assertThat(new VectorProbe().byteDots(10)).isZero();
        assertThat(new ScalarProbe().byteDots(10)).isZero();
    }

    @Test
    void theBestIsThatOfTheBestTier() {
        String tier = KernelTier.AUTO.choose().tier().toString();
        assertThat(MachineProbe.best().instructions()).startsWith(tier);
    }

    private static double sumOfFloats(NativeProbe probe) {
        double sum = 0;
        for (float value : probe.sums().toArray(ValueLayout.JAVA_FLOAT)) {
            sum += value;
        }
        return sum;
    }

    private static long sumOfInts(NativeProbe probe) {
        long sum = 0;
        for (int value : probe.sums().toArray(ValueLayout.JAVA_INT)) {
            sum += value;
        }
        return sum;
    }
}
