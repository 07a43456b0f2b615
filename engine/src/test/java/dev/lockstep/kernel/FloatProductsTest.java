package dev.lockstep.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lockstep.tensor.FloatMatrix;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products of matrices: every tier against the scalar tier, bit for bit, and the scalar tier against sums in double. A
 * failure names its seed; {@code -Dlockstep.seed=N} replays it alone.
 */
class FloatProductsTest {
    /** Around the sizes of vectors, tiles, panels and blocks. */
    private static final int[] SIZES = {1, 2, 3, 5, 7, 12, 13, 15, 16, 17, 31, 33, 64, 97, 255, 257, 513, 1030};

    private static final int MULTIPLY_ADDS_MAX = 3_000_000;

    private final FloatProducts scalar = new FloatProducts(new ScalarFloatProducts());
    private final Buffers buffers = new Buffers();

    @AfterEach
    void release() {
        buffers.close();
    }

    /** A tier's products, made anew for each test and closed by it. */
    private interface Tier {
        FloatProducts products();
    }

    static Stream<Named<Tier>> tiers() {
        Stream<Named<Tier>> chosen = Stream.of(KernelTier.VECTOR, KernelTier.NATIVE)
                .map(tier -> Named.of(tier.toString(), tier.choose()::floatProducts));
        Stream<Named<Tier>> avx2 = Stream.of(
                Named.of("native, AVX2", () -> new FloatProducts(new NativeFloatProducts(NativeLibrary.AVX2))));
        // A processor with AVX-512 has AVX2 as well, and its products are other code.
        return System.getProperty("os.arch").equals("amd64") ? Stream.concat(chosen, avx2) : chosen;
    }

    private static IntStream seeds(int count) {
        Integer only = Integer.getInteger("lockstep.seed");
        return only == null ? IntStream.range(0, count) : IntStream.of(only);
    }

    /** A product of random shape, its operands between canaries: NaN in all padding, which must not matter. */
    private static final class Case implements AutoCloseable {
        private final Buffers buffers = new Buffers();
        private final String text;
        private final ProductForm form;
        private final Assignment assignment;
        private final FloatMatrix a;
        private final FloatMatrix b;
        private final int m;
        private final int n;
        private final int pitch;
        private final int[] before;

        Case(int seed, boolean infinities) {
            SplittableRandom random = new SplittableRandom(seed);
            form = ProductForm.values()[seed % 3];
            assignment = Assignment.values()[seed / 3 % 2];
            int[] shape = new int[3];
            do {
                Arrays.setAll(shape, i -> SIZES[random.nextInt(SIZES.length)]);
            } while ((long) shape[0] * shape[1] * shape[2] > MULTIPLY_ADDS_MAX);
            m = shape[0];
            n = shape[1];
            int k = shape[2];
            a = form.aTransposed() ? matrix(random, k, m, infinities) : matrix(random, m, k, infinities);
            b = form.bTransposed() ? matrix(random, n, k, infinities) : matrix(random, k, n, infinities);
            FloatMatrix c = matrix(random, m, n, infinities);
            pitch = (int) (c.pitch() / 4);
            before = Buffers.bits(c.address(), m * pitch);
            text = "seed %d: %s, %s, m %d, n %d, k %d, pitches %d, %d, %d bytes"
                    .formatted(seed, form, assignment, m, n, k, a.pitch(), b.pitch(), c.pitch());
        }

        private FloatMatrix matrix(SplittableRandom random, int rows, int columns, boolean infinities) {
            int floats = columns + (random.nextBoolean() ? 0 : random.nextInt(1, 20));
            // Not always at the start of a cache line.
            long address = buffers.bytes(4L * rows * floats + 64) + 4L * random.nextInt(16);
            float scale = random.nextInt(3) == 0 ? 1e-20f : 3f;
            for (int i = 0; i < rows * floats; i++) {
                boolean padding = i % floats >= columns;
                Buffers.set(address, i, padding ? Float.NaN : value(random, scale, infinities));
            }
            return new FloatMatrix(address, rows, columns, 4L * floats);
        }

        private static float value(SplittableRandom random, float scale, boolean infinities) {
            return switch (random.nextInt(40)) {
                case 0 -> 0f;
                case 1 -> -0f;
                case 2 -> Float.MIN_VALUE;
                case 3 -> -1e-39f;
                case 4 -> infinities ? Float.POSITIVE_INFINITY : Float.MIN_NORMAL;
                case 5 -> infinities ? Float.NEGATIVE_INFINITY : -Float.MIN_NORMAL;
                default -> (random.nextFloat() * 2 - 1) * scale;
            };
        }

        /** What the products make of C, its padding included, computed from {@code cuts[i]} to {@code cuts[i + 1]}. */
        int[] multiply(FloatProducts products, int... cuts) {
            long address = buffers.bytes(4L * before.length);
            for (int i = 0; i < before.length; i++) {
                Buffers.set(address, i, Float.intBitsToFloat(before[i]));
            }
            FloatMatrix c = new FloatMatrix(address, m, n, 4L * pitch);
            for (int i = 0; i + 1 < cuts.length; i++) {
                FloatProductsTest.multiply(products, form, a, b, c, assignment, cuts[i], cuts[i + 1]);
            }
            return Buffers.bits(address, before.length);
        }

        @Override
        public void close() {
            buffers.close();
        }
    }

    private static void multiply(
            FloatProducts products,
            ProductForm form,
            FloatMatrix a,
            FloatMatrix b,
            FloatMatrix c,
            Assignment assignment,
            int from,
            int to) {
        switch (form) {
            case AB -> products.ab(a, b, c, assignment, from, to);
            case ABT -> products.abT(a, b, c, assignment, from, to);
            case ATB -> products.aTb(a, b, c, assignment, from, to);
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void allTiersGiveTheSameBits(Tier tier) {
        try (FloatProducts products = tier.products()) {
            seeds(300).forEach(seed -> {
                try (Case c = new Case(seed, false)) {
                    assertThat(c.multiply(products, 0, c.m)).as(c.text).isEqualTo(c.multiply(scalar, 0, c.m));
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void infinitiesAndNanGoThroughAlike(Tier tier) {
        try (FloatProducts products = tier.products()) {
            seeds(60).forEach(seed -> {
                try (Case c = new Case(seed, true)) {
                    assertThat(asOneNan(c.multiply(products, 0, c.m)))
                            .as(c.text)
                            .isEqualTo(asOneNan(c.multiply(scalar, 0, c.m)));
                }
            });
        }
    }

    private static int[] asOneNan(int[] bits) {
        return Arrays.stream(bits)
                .map(b -> Float.floatToIntBits(Float.intBitsToFloat(b)))
                .toArray();
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void howRowsAreSplitChangesNoBit(Tier tier) {
        try (FloatProducts one = tier.products();
                FloatProducts other = tier.products()) {
            seeds(90).forEach(seed -> {
                try (Case c = new Case(seed, false)) {
                    SplittableRandom random = new SplittableRandom(~seed);
                    int[] cuts = IntStream.concat(IntStream.of(0, c.m), random.ints(random.nextInt(1, 6), 0, c.m + 1))
                            .sorted()
                            .toArray();
                    assertThat(c.multiply(other, cuts))
                            .as("%s, split at %s", c.text, Arrays.toString(cuts))
                            .isEqualTo(c.multiply(one, 0, c.m));
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void onlyTheRowsAskedForAreWritten(Tier tier) {
        try (FloatProducts products = tier.products()) {
            seeds(60).forEach(seed -> {
                try (Case c = new Case(seed, false)) {
                    int from = c.m / 3;
                    int to = c.m - c.m / 4;
                    int[] expected = c.before.clone();
                    int[] whole = c.multiply(scalar, 0, c.m);
                    System.arraycopy(whole, from * c.pitch, expected, from * c.pitch, (to - from) * c.pitch);
                    assertThat(c.multiply(products, from, to))
                            .as("%s, rows %d to %d", c.text, from, to)
                            .isEqualTo(expected);
                }
            });
        }
    }

    @Test
    void paddingIsLeftAlone() {
        seeds(30).forEach(seed -> {
            try (Case c = new Case(seed, false)) {
                int[] after = c.multiply(scalar, 0, c.m);
                for (int i = 0; i < after.length; i++) {
                    if (i % c.pitch >= c.n) {
                        assertThat(after[i]).as("%s, float %d", c.text, i).isEqualTo(c.before[i]);
                    }
                }
            }
        });
    }

    /** Each of k roundings moves a sum by at most 2⁻²⁴ of it (Higham 2002, section 3.1). */
    @ParameterizedTest
    @EnumSource
    void scalarAgainstDouble(ProductForm form) {
        int m = 9;
        int n = 11;
        int k = 301;
        SplittableRandom random = new SplittableRandom(form.ordinal());
        FloatMatrix a = random(random, form.aTransposed() ? k : m, form.aTransposed() ? m : k);
        FloatMatrix b = random(random, form.bTransposed() ? n : k, form.bTransposed() ? k : n);
        FloatMatrix start = random(random, m, n);
        FloatMatrix c = new FloatMatrix(buffers.copy(start.address(), m * n), m, n);
        for (Assignment assignment : new Assignment[] {Assignment.ADD, Assignment.SET}) {
            multiply(scalar, form, a, b, c, assignment, 0, m);
            for (int i = 0; i < m * n; i++) {
                double exact = assignment == Assignment.ADD ? Buffers.get(start.address(), i) : 0;
                double magnitude = Math.abs(exact);
                for (int j = 0; j < k; j++) {
                    int row = i / n;
                    int column = i % n;
                    double x = Buffers.get(a.address(), form.aTransposed() ? j * m + row : row * k + j);
                    double y = Buffers.get(b.address(), form.bTransposed() ? column * k + j : j * n + column);
                    exact += x * y;
                    magnitude += Math.abs(x * y);
                }
                assertThat((double) Buffers.get(c.address(), i))
                        .as("%s, %s, output %d", form, assignment, i)
                        .isCloseTo(exact, Offset.offset(1.01 * k * 0x1p-24 * magnitude));
            }
        }
    }

    private FloatMatrix random(SplittableRandom random, int rows, int columns) {
        return new FloatMatrix(buffers.random(random, rows * columns, 1), rows, columns);
    }

    /** 1 + 2⁻²⁴ is a tie and rounds to 1, three times over; 1 + 3·2⁻²⁴ would be more than 1. */
    @ParameterizedTest
    @MethodSource("tiers")
    void anAddedSumStartsFromTheOldValue(Tier tier) {
        FloatMatrix a = new FloatMatrix(buffers.floats(0x1p-24f, 0x1p-24f, 0x1p-24f), 1, 3);
        FloatMatrix b = new FloatMatrix(buffers.floats(1f, 1f, 1f), 3, 1);
        FloatMatrix c = new FloatMatrix(buffers.floats(1f), 1, 1);
        try (FloatProducts products = tier.products()) {
            products.ab(a, b, c, Assignment.ADD, 0, 1);
        }
        assertThat(Buffers.get(c.address(), 0)).isEqualTo(1f);
    }

    /** Gradients that come in several turns are one sum: C = A₀ᵀ·B₀, then C += A₁ᵀ·B₁. */
    @ParameterizedTest
    @MethodSource("tiers")
    void aSumInTwoTurnsHasTheBitsOfOne(Tier tier) {
        int m = 37;
        int n = 50;
        int k = 600;
        SplittableRandom random = new SplittableRandom(1);
        FloatMatrix a = random(random, k, m);
        FloatMatrix b = random(random, k, n);
        FloatMatrix whole = random(random, m, n);
        FloatMatrix turns = random(random, m, n);
        try (FloatProducts products = tier.products()) {
            products.aTb(a, b, whole, Assignment.SET, 0, m);
            products.aTb(rows(a, 0, 301), rows(b, 0, 301), turns, Assignment.SET, 0, m);
            products.aTb(rows(a, 301, k), rows(b, 301, k), turns, Assignment.ADD, 0, m);
        }
        assertThat(Buffers.bits(turns.address(), m * n)).isEqualTo(Buffers.bits(whole.address(), m * n));
    }

    private static FloatMatrix rows(FloatMatrix matrix, int from, int to) {
        return new FloatMatrix(matrix.address() + from * matrix.pitch(), to - from, matrix.columns(), matrix.pitch());
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        FloatMatrix a = new FloatMatrix(buffers.bytes(4L * 6), 2, 3);
        FloatMatrix b = new FloatMatrix(buffers.bytes(4L * 12), 3, 4);
        FloatMatrix c = new FloatMatrix(buffers.bytes(4L * 8), 2, 4);
        scalar.ab(a, b, c, Assignment.SET, 0, 2);
        assertThatThrownBy(() -> scalar.abT(a, b, c, Assignment.SET, 0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A·Bᵀ of A 2 × 3 and B 3 × 4 into C 2 × 4: the shapes do not fit together");
        assertThatThrownBy(() -> scalar.aTb(a, b, c, Assignment.SET, 0, 2)).hasMessageStartingWith("Aᵀ·B of A 2 × 3");
        assertThatThrownBy(() -> scalar.ab(a, b, a, Assignment.SET, 0, 2)).hasMessageStartingWith("A·B of A 2 × 3");
        assertThatThrownBy(() -> scalar.ab(b, a, c, Assignment.SET, 0, 2)).hasMessageStartingWith("A·B of A 3 × 4");
    }

    @Test
    void rowsThatAreNotThereAreRefused() {
        FloatMatrix a = new FloatMatrix(buffers.bytes(4L * 4), 2, 2);
        FloatMatrix c = new FloatMatrix(buffers.bytes(4L * 4), 2, 2);
        scalar.ab(a, a, c, Assignment.SET, 2, 2);
        for (int[] range : new int[][] {{-1, 1}, {0, 3}, {2, 1}}) {
            assertThatThrownBy(() -> scalar.ab(a, a, c, Assignment.SET, range[0], range[1]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("rows " + range[0] + " to " + range[1] + " of C 2 × 2");
        }
    }

    /** The vector tier is left out: whether a vector becomes an object is the compiler's choice. */
    @ParameterizedTest
    @EnumSource(names = {"SCALAR", "NATIVE"})
    void aCallAllocatesNothing(KernelTier tier) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        FloatMatrix a = random(new SplittableRandom(1), 30, 40);
        FloatMatrix c = new FloatMatrix(buffers.bytes(4L * 30 * 30), 30, 30);
        try (FloatProducts products = tier.choose().floatProducts()) {
            // What the compiler does in passing shows in one round or another; what a call allocates, in all.
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 50; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 200; i++) {
                    products.abT(a, a, c, Assignment.ADD, 0, 30);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).isZero();
        }
    }
}
