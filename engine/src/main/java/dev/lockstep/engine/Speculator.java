package dev.lockstep.engine;

import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Model;
import dev.lockstep.model.Step;
import dev.lockstep.plan.AcceptanceEstimate;
import dev.lockstep.plan.GuessLength;
import dev.lockstep.plan.NgramProposer;
import dev.lockstep.plan.Proposer;
import dev.lockstep.plan.RecentOutputs;
import dev.lockstep.plan.Sequence;
import dev.lockstep.plan.Speculation;
import dev.lockstep.plan.StepTimes;
import dev.lockstep.plan.SuffixProposer;
import dev.lockstep.sample.ClassicalAcceptance;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Before each step: has the next tokens of running requests guessed, as many as pay, for the step to check. Whatever it does,
 * requests that do not ask for the classical rule keep their tokens; a guess that makes no sense is not even checked.
 *
 * <p>How many pay is decided for the whole step: from what steps take by their rows, what a guess takes, and how often each
 * request's guesses were right ({@link GuessLength}). Belongs to the engine's loop; allocates nothing but for new requests.
 */
final class Speculator {
    private static final System.Logger LOG = System.getLogger("dev.lockstep");

    /** Outputs that are kept to guess from: tenants, and tokens of each. */
    private static final int TENANTS_MAX = 16;

    private static final int TENANT_TOKENS_MAX = 16_384;

    /** Guesses from a text's own repetitions that make asking the draft model needless. */
    private static final int ENOUGH = 3;

    /** Every so many steps a request that does not guess tries one guess, to see whether it would be right now. */
    private static final int TRY_AFTER_STEPS = 32;

    /** The first only warms up. */
    private static final int CALIBRATION_ROUNDS = 3;

    /** What looking a guess up takes, in nanoseconds; next to nothing, but not nothing. */
    private static final double LOOK_UP_NS = 500;

    private final Speculation usual;
    private final Supplier<? extends Proposer> proposers;
    private final DraftModel draft;
    private final int vocabulary;
    private final int requestsMax;
    /** 0 as soon as guessing has failed: requests do without it. */
    private int guessesMax;

    private final RecentOutputs outputs;
    private final AcceptanceEstimate drafted;
    private final AcceptanceEstimate lookedUp;
    private final GuessLength length;
    private final StepTimes times = new StepTimes();
    private final SpeculationCounters counters;
    private long lastNs;
    /** Scratch of one vocabulary for all requests; made for the first that asks. */
    private ClassicalAcceptance classical;

    private final List<ActiveRequest> candidates = new ArrayList<>();
    private final List<ActiveRequest> drafting = new ArrayList<>();

    /**
     * @param draft or null
     * @param vocabulary tokens of the model
     */
    Speculator(EngineOptions options, DraftModel draft, int vocabulary) {
        this.usual = options.speculation();
        this.proposers = options.proposers();
        this.draft = draft;
        this.vocabulary = vocabulary;
        this.requestsMax = options.together();
        this.guessesMax = options.guessesMax();
        int most = Math.max(1, guessesMax);
        this.outputs = new RecentOutputs(guessesMax == 0 ? 0 : TENANTS_MAX, TENANT_TOKENS_MAX);
        this.drafted = AcceptanceEstimate.ofAll(most);
        this.lookedUp = AcceptanceEstimate.ofAll(most);
        this.counters = new SpeculationCounters(guessesMax);
        this.length = new GuessLength(requestsMax, most);
    }

    /**
     * Measures steps by their rows, so that it is known from the first token on what a guess costs. Takes a page for as long as
     * it runs; does nothing where nobody guesses.
     */
    void calibrate(Model model, Consumer<Step> forward) {
        if (guessesMax == 0) {
            return;
        }
        PageTable pages = new PageTable(model.cache(), 1 + guessesMax);
        if (!pages.reserve(Math.min(1 + guessesMax, model.limits().contextLength()))) {
            return;
        }
        int rowsMax = Math.min(1 + guessesMax, model.limits().contextLength());
        Step step = new Step(rowsMax, rowsMax);
        for (int round = 0; round < CALIBRATION_ROUNDS; round++) {
            for (int rows = 1; rows <= rowsMax; rows++) {
                step.clear();
                for (int row = 0; row < rows; row++) {
                    step.add(pages, row, 0, true);
                }
                long begin = System.nanoTime();
                forward.accept(step);
                if (round > 0) {
                    times.add(rows, System.nanoTime() - begin);
                }
            }
        }
        pages.release();
    }

    /** Most guesses of a request in a step. */
    int guessesMax() {
        return guessesMax;
    }

    /** What guesses for a request, or null if nobody does. */
    Guessing guessing(Generation generation, int lengthMax) {
        Speculation wanted = generation.request().speculation() == null
                ? usual
                : generation.request().speculation();
        if (guessesMax == 0 || !wanted.on()) {
            return null;
        }
        long salt = generation.tenant().salt();
        Proposer proposer = proposers != null
                ? proposers.get()
                : switch (wanted.source()) {
                    case NGRAM -> new NgramProposer(lengthMax);
                    case SUFFIX, AUTO -> new SuffixProposer(lengthMax, guessesMax, outputs, salt);
                    case DRAFT, NONE -> null;
                };
        boolean drafts = draft != null
                && (wanted.source() == Speculation.Source.DRAFT || wanted.source() == Speculation.Source.AUTO);
        ClassicalAcceptance rule = rule(wanted, generation.request());
        return new Guessing(
                proposer,
                wanted.source() == Speculation.Source.NGRAM ? Speculation.Source.NGRAM : Speculation.Source.SUFFIX,
                drafts ? new DraftState(draft.model().cache(), lengthMax, salt) : null,
                Math.min(wanted.guesses(), guessesMax),
                AcceptanceEstimate.ofRequest(drafts ? drafted : lookedUp),
                rule,
                rule != null && drafts ? new double[guessesMax][vocabulary] : null);
    }

    /** The classical rule, if a request asks for it and it is another one than the coupled; else null. */
    private ClassicalAcceptance rule(Speculation wanted, Request request) {
        if (wanted.acceptance() == Speculation.Acceptance.COUPLED
                || request.sampling().temperature() == 0) {
            return null;
        }
        if (classical == null) {
            classical = new ClassicalAcceptance(vocabulary);
        }
        return classical;
    }

    /** Hears what became of the guesses that a step checked for a request. */
    void checked(int guesses, int right) {
        counters.add(guesses, right);
    }

    /** What became of all guesses so far; for any thread. */
    SpeculationCounts counts() {
        return counters.snapshot();
    }

    /** How long guessing for the next step took, in nanoseconds; 0 if nobody guessed. */
    long lastNs() {
        return lastNs;
    }

    /** Hears what a step of so many rows took. */
    void stepped(int rows, long ns) {
        times.add(rows, ns);
    }

    /** Hears that a request has ended, whose output others may resemble. */
    void ended(ActiveRequest request) {
        Sequence sequence = request.sequence();
        if (request.guessing() != null && request.guessing().proposer() instanceof SuffixProposer) {
            outputs.add(
                    request.generation().tenant().salt(),
                    sequence.tokens(),
                    sequence.promptLength(),
                    sequence.length());
        }
        if (request.guessing() != null && request.guessing().draft() != null) {
            request.guessing().draft().release();
        }
    }

    /** Has the next tokens of those who decode guessed. */
    void guess(Roster roster) {
        lastNs = 0;
        if (guessesMax == 0) {
            return;
        }
        candidates.clear();
        drafting.clear();
        int otherRows = 0;
        for (int i = 0; i < roster.active().size(); i++) {
            ActiveRequest request = roster.active().get(i);
            Sequence sequence = request.sequence();
            if (!sequence.runnable()) {
                continue;
            }
            boolean guesses = request.guessing() != null && sequence.pending() == 1 && sequence.guessesUseful() > 0;
            if (guesses && candidates.size() < requestsMax) {
                candidates.add(request);
            } else {
                otherRows += Math.min(sequence.pending(), DraftModel.CHUNK);
            }
        }
        if (candidates.isEmpty()) {
            return;
        }
        long begin = System.nanoTime();
        try {
            chooseLengths(otherRows);
            lookUp();
            if (!drafting.isEmpty()) {
                draft.guess(drafting);
            }
            for (int i = 0; i < candidates.size(); i++) {
                ActiveRequest request = candidates.get(i);
                request.sequence().guessed(sensible(request.sequence(), request.guesses()));
            }
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.WARNING, "guessing failed, so nobody guesses any more", e);
            guessesMax = 0;
        }
        lastNs = System.nanoTime() - begin;
    }

    /** Decides how many guesses each candidate wants. */
    private void chooseLengths(int otherRows) {
        length.clear();
        for (int i = 0; i < candidates.size(); i++) {
            ActiveRequest request = candidates.get(i);
            Guessing guessing = request.guessing();
            int most = Math.min(guessesMax, request.sequence().guessesUseful());
            length.add(guessing.estimate(), guessing.fixed() > 0 ? 0 : most);
        }
        double guessNs = draft == null || Double.isNaN(draft.guessNs()) ? LOOK_UP_NS : draft.guessNs();
        length.choose(times, otherRows, otherRows > 0 ? 1 : 0, guessNs, Integer.MAX_VALUE);
        for (int i = 0; i < candidates.size(); i++) {
            ActiveRequest request = candidates.get(i);
            Guessing guessing = request.guessing();
            int wanted = guessing.fixed() > 0 ? guessing.fixed() : length.guesses(i);
            if (wanted == 0 && guessing.quietSteps() >= TRY_AFTER_STEPS) {
                wanted = 1;
            }
            request.want(Math.min(wanted, request.sequence().guessesUseful()));
        }
    }

    /** Looks guesses up in texts, and notes who needs the draft model. */
    private void lookUp() {
        for (int i = 0; i < candidates.size(); i++) {
            ActiveRequest request = candidates.get(i);
            Guessing guessing = request.guessing();
            Sequence sequence = request.sequence();
            int found = guessing.proposer() == null
                    ? 0
                    : guessing.proposer()
                            .guess(sequence.tokens(), sequence.length(), request.wanted(), sequence.guesses());
            found = Math.clamp(found, 0, request.wanted());
            request.guessedByLookUp(found);
            boolean enough = found >= Math.min(ENOUGH, request.wanted());
            if (guessing.draft() != null && !enough) {
                drafting.add(request);
            }
        }
    }

    /** How many of the guesses are tokens at all. */
    private int sensible(Sequence sequence, int guesses) {
        for (int i = 0; i < guesses; i++) {
            int guess = sequence.guesses()[i];
            if (guess < 0 || guess >= vocabulary) {
                return i;
            }
        }
        return guesses;
    }
}
