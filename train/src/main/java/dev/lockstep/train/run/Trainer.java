package dev.lockstep.train.run;

import dev.lockstep.tensor.Owned;
import dev.lockstep.train.data.TokenStream;
import dev.lockstep.train.model.Batch;
import dev.lockstep.train.model.Gradients;
import dev.lockstep.train.model.Initialisation;
import dev.lockstep.train.model.Noise;
import dev.lockstep.train.model.ParameterLayout;
import dev.lockstep.train.model.ParameterMemory;
import dev.lockstep.train.model.Teacher;
import dev.lockstep.train.model.Team;
import dev.lockstep.train.model.TrainingPass;
import dev.lockstep.train.objective.Distillation;
import dev.lockstep.train.optimise.Optimiser;
import dev.lockstep.train.optimise.OptimiserState;
import dev.lockstep.train.optimise.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Trains a model, synchronously: a step reads all its rows with the same weights, then changes the weights once.
 *
 * <p>Everything that a step does is a function of plan, tokens, step number, weights and the optimiser's state. So a run
 * that is stopped and resumed from a checkpoint goes on to the same bits, and threads and batch size change time only.
 *
 * <pre>{@code
 * try (Trainer trainer = Trainer.start(plan, tokens, Optional.empty(), machine)) {
 *     trainer.run((t, report) -> true);
 *     ModelExport.write(…, trainer.weights(), …);
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class Trainer implements Owned.Resource {
    private final Owned owned = new Owned();
    private final TokenStream tokens;
    private final Team team;
    private final ParameterMemory weights;
    private final Gradients gradients;
    private final OptimiserState state;
    private final TrainingPass pass;
    private final Optimiser optimiser;
    private final Packing packing;
    private final Batch batch;
    private final TrainingCost cost;
    private final String data;
    private TrainingPlan plan;
    private long step;
    private double flops;

    private Trainer(TrainingPlan plan, TokenStream tokens, Optional<TrainedModel> target, TrainingMachine machine) {
        this.plan = plan;
        this.tokens = tokens;
        check(target);
        int rowsMax = machine.batchRows(plan);
        try {
            ParameterLayout layout = new ParameterLayout(plan.model());
            team = owned.own(new Team(machine.tier(), machine.threads()));
            weights = owned.own(new ParameterMemory("weights", layout));
            gradients = owned.own(new Gradients(plan.model(), layout));
            state = owned.own(new OptimiserState(layout));
            Optional<Teacher> teacher = target.map(t -> owned.own(new Teacher(t.config(), t.weights(), team, rowsMax)));
            pass = owned.own(new TrainingPass(
                    plan.model(),
                    weights,
                    gradients,
                    () -> plan.objective().lossFunction(plan.model().vocabulary()),
                    teacher,
                    team,
                    rowsMax));
            optimiser = owned.own(new Optimiser(plan.optimiser(), weights, gradients, state, team));
        } catch (Throwable e) {
            owned.close();
            throw e;
        }
        packing = new Packing(tokens, plan.objective(), new Noise(plan.seed()), plan.rowTokens());
        batch = new Batch(rowsMax);
        cost = new TrainingCost(plan.model());
        data = "tokens=" + TokenHash.of(tokens)
                + target.map(t -> " target=" + TokenHash.of(t)).orElse("");
    }

    private void check(Optional<TrainedModel> target) {
        if (tokens.vocabularySize() > plan.model().vocabulary()) {
            throw new IllegalArgumentException("tokens of a vocabulary of " + tokens.vocabularySize()
                    + ", the model's has " + plan.model().vocabulary());
        }
        if (plan.objective() instanceof Distillation != target.isPresent()) {
            throw new IllegalArgumentException(
                    target.isPresent() ? "a target, but no distillation" : "distillation without a target");
        }
    }

    /**
     * A new run.
     *
     * @param target whose distribution is learnt, for {@link Distillation} alone; not closed
     * @throws IllegalArgumentException if plan, tokens and target do not fit together
     */
    public static Trainer start(
            TrainingPlan plan, TokenStream tokens, Optional<TrainedModel> target, TrainingMachine machine) {
        Trainer trainer = new Trainer(plan, tokens, target, machine);
        Initialisation.fill(trainer.weights, plan.seed());
        return trainer;
    }

    /**
     * The run whose checkpoint this is, as it was then.
     *
     * @throws CheckpointException if the file is not whole, or of another plan, text or target
     * @throws IOException if it cannot be read
     */
    public static Trainer resume(
            Path checkpoint,
            TrainingPlan plan,
            TokenStream tokens,
            Optional<TrainedModel> target,
            TrainingMachine machine)
            throws IOException {
        Trainer trainer = new Trainer(plan, tokens, target, machine);
        try {
            trainer.step = Checkpoint.read(checkpoint, trainer::identity, trainer.weights, trainer.state);
            return trainer;
        } catch (Throwable e) {
            trainer.close();
            throw e;
        }
    }

    /** Runs the steps that are left, or until the listener has enough. */
    public void run(TrainingListener listener) {
        boolean more = true;
        while (more && !done()) {
            more = listener.after(this, step());
        }
    }

    /**
     * Runs one step.
     *
     * @throws IllegalStateException if all steps were run
     * @throws DivergedException if the gradient is not finite; the weights stay as they were
     */
    public StepReport step() {
        if (done()) {
            throw new IllegalStateException("all " + step + " steps were run");
        }
        long start = System.nanoTime();
        team.takeTimes();
        gradients.clear();
        double loss = accumulate();
        double factor = plan.schedule().factor(step);
        double norm = optimiser.step(step, factor);
        if (!Double.isFinite(norm)) {
            throw new DivergedException("step " + step + ": the gradient's length is " + norm + " and the loss " + loss
                    + "; the weights are those before the step.");
        }
        long nanos = System.nanoTime() - start;
        return new StepReport(step++, loss, norm, factor, plan.stepTokens(), flops, nanos, team.takeTimes());
    }

    private double accumulate() {
        double weight = 1.0 / plan.stepTokens();
        double loss = 0;
        flops = 0;
        for (int row = 0; row < plan.stepRows(); ) {
            batch.clear();
            for (; row < plan.stepRows() && batch.rows() + plan.rowTokens() <= batch.rowsMax(); row++) {
                packing.addShuffled(batch, step, step * plan.stepRows() + row, row, plan.stepRows(), weight);
            }
            loss += pass.accumulate(batch);
            flops += cost.flops(batch);
        }
        return loss;
    }

    /** Whether all steps were run. */
    public boolean done() {
        return step == plan.schedule().steps();
    }

    /** Steps that were run: the number of the next one. */
    public long steps() {
        return step;
    }

    /**
     * Lets the run end elsewhere, as long as its rate has not begun to fall under either schedule.
     *
     * @throws IllegalArgumentException if the steps that were run would have had other rates
     */
    public void endBy(Schedule schedule) {
        String now = plan.schedule().identity(step);
        if (!schedule.identity(step).equals(now)) {
            throw new IllegalArgumentException(
                    "after step " + step + " the schedule can no longer be " + schedule + ", it is " + plan.schedule());
        }
        plan = plan.ending(schedule);
    }

    /** The plan. */
    public TrainingPlan plan() {
        return plan;
    }

    /** The weights as they are now; the trainer's own. */
    public ParameterMemory weights() {
        return weights;
    }

    /** The team, which may run something else between steps. */
    public Team team() {
        return team;
    }

    /**
     * Writes all that a resumed run needs; see {@link Checkpoint}.
     *
     * @return the file
     * @throws IOException if it cannot be written; earlier checkpoints are as they were
     */
    public Path save(Path folder) throws IOException {
        return Checkpoint.write(folder, step, identity(step), weights, state);
    }

    private String identity(long atStep) {
        return String.join("\n", plan.identity(atStep)) + '\n' + data;
    }

    @Override
    public void close() {
        owned.close();
    }
}
