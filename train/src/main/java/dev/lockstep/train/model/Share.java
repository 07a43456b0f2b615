package dev.lockstep.train.model;

import dev.lockstep.kernel.Assignment;
import dev.lockstep.kernel.FloatProducts;
import dev.lockstep.kernel.GradientKernels;
import dev.lockstep.kernel.KernelTier;
import dev.lockstep.kernel.Kernels;
import dev.lockstep.kernel.Workers;
import dev.lockstep.tensor.FloatMatrix;
import dev.lockstep.tensor.Owned;

/**
 * One worker of a {@link Team}: its kernels, and which part of the work is its own.
 *
 * <p>The products of a linear layer with weights W (outputs × inputs), inputs X and outputs Y (rows × …):
 * {@link #forward} and {@link #inputGradient} compute the worker's rows of Y and dX and read no other rows of X and dY,
 * so that a worker can go from layer to layer with its rows alone; {@link #weightGradient} computes the worker's
 * outputs of dW and reads all rows.
 */
public final class Share implements Owned.Resource {
    private final Workers workers;
    private final int worker;
    private final Kernels kernels;
    private final GradientKernels gradients;
    private final FloatProducts products;
    private final TrainingClock clock = new TrainingClock();

    Share(Workers workers, int worker, KernelTier.Choice tier) {
        this.workers = workers;
        this.worker = worker;
        this.kernels = tier.kernels();
        this.gradients = tier.gradientKernels();
        this.products = tier.floatProducts();
    }

    /** The worker's number, from 0. */
    public int worker() {
        return worker;
    }

    /** The number of workers. */
    public int workers() {
        return workers.count();
    }

    /** The first of {@code n} items that are this worker's. */
    public int from(int n) {
        return workers.share(n, worker);
    }

    /** The item after this worker's last of {@code n}. */
    public int to(int n) {
        return workers.share(n, worker + 1);
    }

    /** Waits until every worker has come here. */
    public void barrier() {
        TrainingPhase before = clock.enter(TrainingPhase.WAITING);
        workers.barrier();
        clock.enter(before);
    }

    /** Counts the time from here on as the given phase's; returns the phase before. */
    public TrainingPhase enter(TrainingPhase phase) {
        return clock.enter(phase);
    }

    /** Within the head, products count as the head's. */
    private TrainingPhase enterProducts(TrainingPhase phase) {
        TrainingPhase before = clock.enter(phase);
        if (before == TrainingPhase.HEAD) {
            clock.enter(before);
        }
        return before;
    }

    TrainingClock clock() {
        return clock;
    }

    /** The arithmetic that inference has too. */
    public Kernels kernels() {
        return kernels;
    }

    /** The arithmetic of training. */
    public GradientKernels gradients() {
        return gradients;
    }

    /** Products of matrices. */
    public FloatProducts products() {
        return products;
    }

    /** {@code Y = X·Wᵀ}, this worker's rows. */
    void forward(FloatMatrix x, FloatMatrix w, FloatMatrix y) {
        TrainingPhase before = enterProducts(TrainingPhase.FORWARD_PRODUCTS);
        products.abT(x, w, y, Assignment.SET, from(y.rows()), to(y.rows()));
        clock.enter(before);
    }

    /** {@code dX = dY·W}, or {@code dX += dY·W}: this worker's rows. */
    void inputGradient(FloatMatrix dy, FloatMatrix w, FloatMatrix dx, Assignment assignment) {
        TrainingPhase before = enterProducts(TrainingPhase.INPUT_GRADIENTS);
        products.ab(dy, w, dx, assignment, from(dx.rows()), to(dx.rows()));
        clock.enter(before);
    }

    /** {@code dW += dYᵀ·X}, rows ascending: this worker's outputs. */
    void weightGradient(FloatMatrix dy, FloatMatrix x, FloatMatrix dw) {
        TrainingPhase before = enterProducts(TrainingPhase.WEIGHT_GRADIENTS);
        products.aTb(dy, x, dw, Assignment.ADD, from(dw.rows()), to(dw.rows()));
        clock.enter(before);
    }

    @Override
    public void close() {
        products.close();
    }
}
