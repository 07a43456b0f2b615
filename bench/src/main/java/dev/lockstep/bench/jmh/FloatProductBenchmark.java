package dev.lockstep.bench.jmh;

import dev.lockstep.bench.machine.Roofline;
import dev.lockstep.kernel.Assignment;
import dev.lockstep.kernel.FloatProducts;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
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
 * Products of float matrices, as training makes them: what a kernel tier makes of them, in 10⁹ floating-point operations
 * a second (a multiply-add is two), and as a share of what the machine can do in registers with as many workers,
 * measured before each iteration.
 *
 * <p>After {@code ./mvnw package}, from the repository's root:
 *
 * <pre>{@code
 * java @jvm.args @jvm-vector.args -cp 'bench/target/lib/*' org.openjdk.jmh.Main FloatProductBenchmark
 * java @jvm.args @jvm-vector.args -cp 'bench/target/lib/*' org.openjdk.jmh.Main FloatProductBenchmark.forward \
 *     -p shape=256x4096x1024 -p workers=2
 * }</pre>
 *
 * <p>Forked JVMs inherit the flags of the one that starts them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FloatProductBenchmark {
    /** Rows and columns of the output, and the length of its sums. */
    @Param({"512x384x384", "512x1536x384", "512x384x1536", "512x1536x1536", "384x1536x512", "1024x1024x1024"})
    public String shape;

    /** A tier that this machine or build lacks fails and the others go on; {@code SCALAR} takes its time. */
    @Param({"VECTOR", "NATIVE"})
    public KernelTier tier;

    /** Threads, which split the output's rows. */
    @Param({"1", "2"})
    public int workers;

    private final Owned resources = new Owned();
    private Workers team;
    private FloatProducts[] products;
    private double peak;
    private double multiplyAdds;
    private FloatMatrix mk;
    private FloatMatrix km;
    private FloatMatrix kn;
    private FloatMatrix nk;
    private FloatMatrix mn;

    /** What a second of products amounts to. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Rates {
        /** 10⁹ floating-point operations. */
        public double gigaflops;
        /** What the machine can do in a second is 1. */
        public double peakShare;

        /** Starts to count anew. */
        @Setup(Level.Iteration)
        public void clear() {
            gigaflops = 0;
            peakShare = 0;
        }
    }

    /** Makes workers and random operands. */
    @Setup
    public void prepare() {
        int[] sizes =
                Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
        int m = sizes[0];
        int n = sizes[1];
        int k = sizes[2];
        multiplyAdds = (double) m * n * k;
        team = resources.own(new Workers(workers));
        products = new FloatProducts[workers];
        Arrays.setAll(products, i -> resources.own(tier.choose().floatProducts()));
        mk = random(m, k);
        km = random(k, m);
        kn = random(k, n);
        nk = random(n, k);
        mn = random(m, n);
    }

    private FloatMatrix random(int rows, int columns) {
        Region region = resources.own(Region.allocate("matrix", 4L * rows * columns));
        SplittableRandom random = new SplittableRandom(rows);
        for (long i = 0; i < (long) rows * columns; i++) {
            region.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
        }
        return new FloatMatrix(region.address(), rows, columns);
    }

    /** Measures what the workers' cores can do now. */
    @Setup(Level.Iteration)
    public void measurePeak() {
        peak = Roofline.multiplyAddsPerSecond(team);
    }

    /** {@code C = A·Bᵀ}, a layer's outputs. */
    @Benchmark
    public void forward(Rates rates) {
        team.run(worker -> products[worker].abT(mk, nk, mn, Assignment.SET, from(worker), from(worker + 1)));
        count(rates);
    }

    /** {@code C = A·B}, the gradient of its inputs. */
    @Benchmark
    public void backwardToInputs(Rates rates) {
        team.run(worker -> products[worker].ab(mk, kn, mn, Assignment.SET, from(worker), from(worker + 1)));
        count(rates);
    }

    /** {@code C += Aᵀ·B}, the gradient of its weights. */
    @Benchmark
    public void backwardToWeights(Rates rates) {
        team.run(worker -> products[worker].aTb(km, kn, mn, Assignment.ADD, from(worker), from(worker + 1)));
        count(rates);
    }

    private int from(int worker) {
        return team.share(mn.rows(), worker);
    }

    private void count(Rates rates) {
        rates.gigaflops += 2 * multiplyAdds / 1e9;
        rates.peakShare += multiplyAdds / peak;
    }

    /** Gives memory and threads back. */
    @TearDown
    public void release() {
        resources.close();
    }
}
