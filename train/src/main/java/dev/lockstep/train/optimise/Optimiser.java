package dev.lockstep.train.optimise;

import static dev.lockstep.tensor.Memory.ALL;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.lockstep.kernel.Claims;
import dev.lockstep.tensor.Cursor;
import dev.lockstep.tensor.Owned;
import dev.lockstep.tensor.Region;
import dev.lockstep.train.model.Gradients;
import dev.lockstep.train.model.Parameter;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.Share;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.model.TrainingPhase;
import dev.lockstep.train.optimise.OptimiserSettings.HiddenRule;
import java.util.List;

/**
 * Changes all weights once a step, after every gradient of the step is there.
 *
 * <p>The gradient's length is the root of the sum of the tensors' sums of squares; each of those runs over the tensor
 * in ascending order in double, so no thread count can change it. If it is not finite nothing is changed.
 */
public final class Optimiser implements Owned.Resource {
    private static final int SQUARES = 0;
    private static final int MATRICES = 1;

    private final Owned owned = new Owned();
    private final OptimiserSettings settings;
    private final ParameterMemory weights;
    private final Gradients gradients;
    private final OptimiserState state;
    private final Team team;
    private final List<Parameter> tensors;
    private final List<Parameter> matrices;
    private final List<Parameter> others;
    private final double[] squares;
    private final Muon[] muon;
    private final Claims claims;

    /** An optimiser of these weights; none of the arguments is closed by it. */
    public Optimiser(
            OptimiserSettings settings, ParameterMemory weights, Gradients gradients, OptimiserState state, Team team) {
        this.settings = settings;
        this.weights = weights;
        this.gradients = gradients;
        this.state = state;
        this.team = team;
        boolean withMuon = settings.hidden() == HiddenRule.MUON;
        tensors = weights.layout().all();
        matrices = tensors.stream().filter(p -> withMuon && Muon.isMatrix(p)).toList();
        others = tensors.stream().filter(p -> !(withMuon && Muon.isMatrix(p))).toList();
        squares = new double[tensors.size()];
        muon = new Muon[withMuon ? team.size() : 0];
        claims = new Claims(team.size(), 2);
        long bytes = bytes(settings, weights.layout(), team.size());
        Region scratch = owned.own(Region.allocate("optimiser", Math.max(1, bytes)));
        Cursor cursor = new Cursor(scratch.address());
        for (int worker = 0; worker < muon.length; worker++) {
            muon[worker] = new Muon(weights.layout(), cursor);
        }
    }

    /** Bytes that it takes beside its state. */
    public static long bytes(OptimiserSettings settings, ParameterLayout layout, int threads) {
        return settings.hidden() == HiddenRule.MUON ? threads * Muon.bytes(layout) : 0;
    }

    /**
     * Changes the weights.
     *
     * @param step from 0
     * @param factor of the peak rates
     * @return the length of the gradient before it was shortened; if it is not finite, nothing was changed
     */
    public double step(long step, double factor) {
        claims.reset();
        team.run(share -> run(share, step, factor));
        return norm();
    }

    private void run(Share share, long step, double factor) {
        TrainingPhase before = share.enter(TrainingPhase.OPTIMISER);
        gradients.complete(share);
        share.barrier();
        for (long claim; (claim = claims.claim(SQUARES, tensors.size())) != Claims.NONE; ) {
            for (int i = Claims.from(claim); i < Claims.to(claim); i++) {
                squares[i] = squares(
                        gradients.sums().address(tensors.get(i)), tensors.get(i).elements());
            }
        }
        share.barrier();
        double norm = norm();
        if (Double.isFinite(norm)) {
            change(share, step, factor, norm > settings.clip() ? (float) (settings.clip() / norm) : 1f);
        }
        share.enter(before);
    }

    private static double squares(long address, long n) {
        double sum = 0;
        for (long at = 0; at < 4 * n; at += 4) {
            double g = ALL.get(JAVA_FLOAT_UNALIGNED, address + at);
            sum += g * g;
        }
        return sum;
    }

    private double norm() {
        double sum = 0;
        for (double part : squares) {
            sum += part;
        }
        return StrictMath.sqrt(sum);
    }

    private void change(Share share, long step, double factor, float clip) {
        double hiddenRate = settings.hiddenRate() * factor;
        double rate = settings.rate() * factor;
        Muon.Rates rates = new Muon.Rates(hiddenRate, hiddenRate * settings.weightDecay());
        for (long claim; (claim = claims.claim(MATRICES, matrices.size())) != Claims.NONE; ) {
            for (int i = Claims.from(claim); i < Claims.to(claim); i++) {
                Parameter p = matrices.get(i);
                long g = gradients.sums().address(p);
                long m = state.means().address(p);
                muon[share.worker()].update(share, p, weights.address(p), g, m, clip, rates);
            }
        }
        for (Parameter p : others) {
            double own = Muon.isMatrix(p) ? hiddenRate : rate;
            double decay = p.role() == Parameter.Role.NORM ? 0 : own * settings.weightDecay();
            int n = Math.toIntExact(p.elements());
            new AdamW(step, own, decay)
                    .update(
                            weights.address(p),
                            gradients.sums().address(p),
                            state.means().address(p),
                            state.variances().address(p),
                            clip,
                            share.from(n),
                            share.to(n));
        }
    }

    @Override
    public void close() {
        owned.close();
    }
}
