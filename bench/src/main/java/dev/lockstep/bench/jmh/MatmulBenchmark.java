package dev.lockstep.bench.jmh;

import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Kernels;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.ElementType;
import dev.lockstep.tensor.Encoding;
import dev.lockstep.tensor.PackedMatrix;
import dev.lockstep.tensor.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One thread's matrix product, all panels of a square matrix: what a kernel tier makes of a weight type and a number of
 * rows. Counted are weights read, in 10⁹ bytes a second, multiply-adds, in 10⁹ a second, and these as a share of the
 * float multiply-adds that the machine can do, measured before each iteration. The matrix stays in the processor's
 * caches at the default size; {@code -p size=16384} makes it a measurement of memory.
 *
 * <p>After {@code ./mvnw package}, from the repository's root:
 *
 * <pre>{@code
 * java @jvm.args @jvm-vector.args -cp 'bench/target/lib/*' org.openjdk.jmh.Main MatmulBenchmark
 * java @jvm.args @jvm-vector.args -cp 'bench/target/lib/*' org.openjdk.jmh.Main MatmulBenchmark -p type=Q4_0 -p rows=1,2,4,8
 * }</pre>
 *
 * <p>Forked JVMs inherit the flags of the one that starts them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
public class MatmulBenchmark {
    /** Rows of activations. */
    @Param({"1", "4"})
    public int rows;

    /** The weights' type. */
    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    public ElementType type;

    /** The kernels; a tier that this machine or build lacks fails and the others go on. */
    @Param({"SCALAR", "VECTOR", "NATIVE"})
    public KernelTier tier;

    /** Outputs of the matrix, and length of each dot product; a multiple of 256. */
    @Param("2048")
    public int size;

    private final Workers workers = new Workers(1);
    private double peak;
    private Region weights;
    private Region activations;
    private PackedMatrix matrix;
    private Kernels kernels;
    private long x;
    private long xPitch;
    private long out;

    /** What a second of products amounts to. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Rates {
        /** 10⁹ bytes of weights. */
        public double gigabytes;
        /** 10⁹ multiply-adds. */
        public double gigamacs;
        /** What the machine can do in a second is 1. */
        public double peakShare;

        /** Starts to count anew. */
        @Setup(Level.Iteration)
        public void clear() {
            gigabytes = 0;
            gigamacs = 0;
            peakShare = 0;
        }
    }

    /** Measures what this core can do now. */
    @Setup(Level.Iteration)
    public void measurePeak() {
        peak = Roofline.multiplyAddsPerSecond(workers);
    }

    /** Packs a matrix of random weights and prepares random activations. */
    @Setup
    public void prepare() {
        kernels = tier.choose().kernels();
        weights = Region.allocate("weights", PackedMatrix.packedBytes(type, size, size));
        matrix = new PackedMatrix(type, size, size, weights.address());
        matrix.pack(randomWeights(), 0, matrix.panels());
        long floatBytes = 4L * size;
        xPitch = matrix.quantised() ? kernels.quantisedRowBytes(size) : floatBytes;
        activations = Region.allocate("activations", floatBytes + rows * (xPitch + floatBytes));
        x = activations.address() + floatBytes;
        out = x + rows * xPitch;
        SplittableRandom random = new SplittableRandom(1);
        for (int r = 0; r < rows; r++) {
            long floats = matrix.quantised() ? activations.address() : x + r * xPitch;
            MemorySegment row = activations.segment().asSlice(floats - activations.address(), floatBytes);
            for (int i = 0; i < size; i++) {
                row.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
            }
            if (matrix.quantised()) {
                kernels.quantise(floats, size, x + r * xPitch);
            }
        }
    }

    /** Random weights between 0.5 and 1, as model files hold them. */
    private MemorySegment randomWeights() {
        SplittableRandom random = new SplittableRandom(2);
        float[] row = new float[size];
        MemorySegment source = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes((long) size * size))]);
        for (int r = 0; r < size; r++) {
            for (int i = 0; i < size; i++) {
                row[i] = (float) random.nextDouble(0.5, 1);
            }
            Encoding.encode(type, row, size, source, type.bytes((long) size * r));
        }
        return source;
    }

    /** All panels, all rows. */
    @Benchmark
    public void matmul(Rates rates) {
        kernels.matmul(matrix, 0, matrix.panels(), x, xPitch, rows, out, 4L * size);
        rates.gigabytes += matrix.bytes() / 1e9;
        rates.gigamacs += (double) size * size * rows / 1e9;
        rates.peakShare += (double) size * size * rows / peak;
    }

    /** Gives the memory back. */
    @TearDown
    public void release() {
        weights.close();
        activations.close();
        workers.close();
    }
}
