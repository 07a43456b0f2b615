package dev.lockstep.engine;

import dev.lockstep.cache.PageTable;
import dev.lockstep.model.Model;
import dev.lockstep.model.Step;
import dev.lockstep.plan.AcceptanceEstimate;
import dev.lockstep.plan.GuessLength;
import dev.lockstep.plan.MatchEstimates;
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

    /** Guesses from texts that make asking the draft model needless while it is not known which pay more. */
    private static final int ENOUGH = 3;

    /** Every so many steps a request that does not guess tries one guess, to see whether it would be right now. */
    private static final int TRY_AFTER_STEPS = 32;

    /**
     * After so many cycles in a row in which every guess was right, a request has twice as many checked once, even if that does not
     * seem to pay: what is believed of steps and places that are never tried may be of colder days.
     */
    private static final int MORE_AFTER_CYCLES = 8;

    /** At least so many, and more while they are short: the first only warm up. */
    private static final int CALIBRATION_ROUNDS = 2;

    private static final long CALIBRATION_NS = 200_000_000;

    /** What looking a guess up takes, in nanoseconds; next to nothing, but not nothing. */
    private static final double LOOK_UP_NS = 500;

    private final Speculation usual;
    private final Supplier<? extends Proposer> proposers;
    private final DraftModel draft;
    private final int vocabulary;
    private final int requestsMax;
    private final int prefillChunk;
    /** 0 as soon as guessing has failed: requests do without it. */
    private int guessesMax;

    private final RecentOutputs outputs;
    private final AcceptanceEstimate drafted;
    private final MatchEstimates lookedUp;
    private final GuessLength length;
    private final StepTimes times = StepTimes.together();
    private long lastNs;
    /** Scratch of one vocabulary for all requests; made for the first that asks. */
    private ClassicalAcceptance classical;

    private final List<ActiveRequest> candidates = new ArrayList<>();
    private final List<ActiveRequest> drafting = new ArrayList<>();

    /**
     * @param draft or null
     * @param vocabulary tokens of the model
     */
    Speculator(EngineSetup setup, DraftModel draft, int vocabulary) {
        this.usual = setup.speculation();
        this.proposers = setup.proposers();
        this.draft = draft;
        this.vocabulary = vocabulary;
        this.requestsMax = setup.together();
        this.prefillChunk = setup.prefillChunk();
        this.guessesMax = setup.guessesMax();
        int most = Math.max(1, guessesMax);
        this.outputs = new RecentOutputs(guessesMax == 0 ? 0 : TENANTS_MAX, TENANT_TOKENS_MAX);
        this.drafted = AcceptanceEstimate.ofAll(most);
        this.lookedUp = MatchEstimates.ofAll(most);
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
        long[] least = new long[1 + rowsMax];
        long begin = System.nanoTime();
        for (int round = 0; round < CALIBRATION_ROUNDS || System.nanoTime() - begin < CALIBRATION_NS; round++) {
            for (int rows = 1; rows <= rowsMax; rows++) {
                step.clear();
                for (int row = 0; row < rows; row++) {
                    step.add(pages, row, 0, true);
                }
                long stepBegin = System.nanoTime();
                forward.accept(step);
                long ns = System.nanoTime() - stepBegin;
                least[rows] = round == 0 ? ns : Math.min(least[rows], ns);
            }
        }
        for (int rows = 1; rows <= rowsMax; rows++) {
            times.add(rows, least[rows]);
        }
        pages.release();
        if (draft != null) {
            draft.calibrate();
        }
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
                AcceptanceEstimate.ofRequest(drafted),
                MatchEstimates.ofRequest(lookedUp),
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
                otherRows += Math.min(sequence.pending(), prefillChunk);
            }
        }
        if (candidates.isEmpty()) {
            return;
        }
        long begin = System.nanoTime();
        try {
            lookUp();
            chooseLengths(otherRows);
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

    /** Looks guesses up in texts, and decides for each candidate whether they or the draft model's are to be checked. */
    private void lookUp() {
        for (int i = 0; i < candidates.size(); i++) {
            ActiveRequest request = candidates.get(i);
            Guessing guessing = request.guessing();
            int most = most(request);
            guessing.lookUp(request.sequence(), most);
            guessing.wantDraft(guessing.draft() != null && draftIsBetter(guessing, most));
        }
    }

    /** Most guesses that a request may have now. */
    private int most(ActiveRequest request) {
        int limit = request.guessing().fixed() > 0 ? request.guessing().fixed() : guessesMax;
        return Math.min(limit, request.sequence().guessesUseful());
    }

    /**
     * Whether more tokens a second are expected with the draft model's guesses than with those that were looked up, which are
     * free but fewer; while that is not known, whether these are few.
     */
    private boolean draftIsBetter(Guessing guessing, int most) {
        if (guessing.proposer() == null || guessing.found() == 0) {
            return true;
        }
        double withDraft = GuessLength.bestRate(guessing.drafted(), most, draft.guessNs(), times);
        if (guessing.fixed() > 0 || Double.isNaN(withDraft) || Double.isNaN(draft.guessNs())) {
            return guessing.found() < Math.min(ENOUGH, most);
        }
        return withDraft > GuessLength.bestRate(guessing.lookedUp(), guessing.found(), LOOK_UP_NS, times);
    }

    /** Decides how many guesses each candidate has checked, and notes for whom the draft model is to make them. */
    private void chooseLengths(int otherRows) {
        length.clear();
        for (int i = 0; i < candidates.size(); i++) {
            Guessing guessing = candidates.get(i).guessing();
            boolean byDraft = guessing.wantsDraft();
            int most = byDraft ? most(candidates.get(i)) : guessing.found();
            double guessNs = byDraft && !Double.isNaN(draft.guessNs()) ? draft.guessNs() : LOOK_UP_NS;
            length.add(guessing.estimate(), guessing.fixed() > 0 ? 0 : most, guessNs);
        }
        length.choose(times, otherRows, otherRows > 0 ? 1 : 0, Integer.MAX_VALUE);
        for (int i = 0; i < candidates.size(); i++) {
            ActiveRequest request = candidates.get(i);
            Guessing guessing = request.guessing();
            int wanted = guessing.fixed() > 0 ? guessing.fixed() : length.guesses(i);
            if (wanted == 0 && guessing.quietSteps() >= TRY_AFTER_STEPS) {
                wanted = 1;
            } else if (guessing.fixed() == 0 && guessing.rightCycles() >= MORE_AFTER_CYCLES) {
                wanted *= 2;
                guessing.forgetRightCycles();
            }
            request.want(Math.min(wanted, most(request)));
            if (guessing.wantsDraft() && request.wanted() > 0) {
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
